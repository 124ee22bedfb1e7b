// Where what Windows does and what Wine does are not the same.
#pragma once

#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

namespace resource_broker::ipc::testing {

// For tests of what Wine does not have; each says what that is.
inline bool IsWine() { return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != nullptr; }

}  // namespace resource_broker::ipc::testing
