// The DLL's entry points as RHS calls them.
#pragma once

#include "bridge_dll/resapi.h"

namespace resource_broker::bridge {

// What the exported StartupEx does; the contract is Microsoft's (resapi.md 1.1). Of several versions only 2 is served,
// which is reachable only this way: there is no Startup for version 1. May be called again, for the same type and for
// others.
resapi::DWORD StartResourceType(const resapi::WCHAR* type, resapi::DWORD min_version, resapi::DWORD max_version,
                                resapi::CLRES_CALLBACK_FUNCTION_TABLE* callbacks,
                                resapi::CLRES_FUNCTION_TABLE** functions) noexcept;

}  // namespace resource_broker::bridge
