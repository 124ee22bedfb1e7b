// The functions of clusapi.dll that this host answers: what a resource DLL reads and writes its keys with, and the few
// others that lead there.
#pragma once

#include <cstdint>

#include "bridge_dll/win32_types.h"

namespace resource_broker::rhs_host {

// FILETIME, which is not declared natively.
struct FileTime {
  resapi::DWORD low;
  resapi::DWORD high;
};

// What a function answers that is not provided.
enum class NotProvided : int32_t { kCode, kHandle, kTruth, kState };

using resapi::BOOL;
using resapi::BYTE;
using resapi::DWORD;
using resapi::HANDLE;
using resapi::HKEY;
using resapi::LONG;
using resapi::WCHAR;

// One function of each. `clusapi.dll` is a shell: rhs_host hands it this table through its private export
// RhsHostSetClusterFunctions, and each export calls the entry of its name.
struct ClusterFunctions {
// NOLINTNEXTLINE(bugprone-macro-parentheses): it declares
#define CLUSTER_FUNCTION(result, name, parameters, arguments) result(RESAPI_CALL* name) parameters;
#include "clients/rhs_host/clusapi/functions.inc"
#undef CLUSTER_FUNCTION
  // What every other function answers; `name` lives as long as the process.
  intptr_t(RESAPI_CALL* not_provided)(const char* name, NotProvided answer);
};

// Exported by the stand-in clusapi.dll as "RhsHostSetClusterFunctions". `functions` is copied; NULL: every function
// answers ERROR_CALL_NOT_IMPLEMENTED again.
using SetClusterFunctionsRoutine = void(RESAPI_CALL*)(const ClusterFunctions* functions);

}  // namespace resource_broker::rhs_host
