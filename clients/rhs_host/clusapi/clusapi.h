// The functions of clusapi.dll that this host answers: those the bridge declares, and two more that other resource DLLs
// read their keys with.
#pragma once

#include "bridge_dll/clusapi.h"
#include "bridge_dll/win32_types.h"

namespace resource_broker::rhs_host {

// FILETIME, which is not declared natively.
struct FileTime {
  resapi::DWORD low;
  resapi::DWORD high;
};

using ClusterRegEnumKeyRoutine = resapi::LONG(RESAPI_CALL*)(resapi::HKEY key, resapi::DWORD index, resapi::WCHAR* name,
                                                            resapi::DWORD* name_chars, FileTime* last_write);
using ClusterRegQueryInfoKeyRoutine = resapi::LONG(RESAPI_CALL*)(
    resapi::HKEY key, resapi::DWORD* subkeys, resapi::DWORD* longest_subkey_chars, resapi::DWORD* values,
    resapi::DWORD* longest_value_name_chars, resapi::DWORD* longest_value_bytes,
    resapi::DWORD* security_descriptor_bytes, FileTime* last_write);

// One function of each, in the order they are exported. `clusapi.dll` is a shell: rhs_host hands it this table through
// its private export RhsHostSetClusterFunctions, and each export calls the entry of its name.
struct ClusterFunctions {
  resapi::PCLUSTER_REG_OPEN_KEY ClusterRegOpenKey;
  resapi::PCLUSTER_REG_CLOSE_KEY ClusterRegCloseKey;
  ClusterRegEnumKeyRoutine ClusterRegEnumKey;
  resapi::PCLUSTER_REG_ENUM_VALUE ClusterRegEnumValue;
  resapi::PCLUSTER_REG_QUERY_VALUE ClusterRegQueryValue;
  ClusterRegQueryInfoKeyRoutine ClusterRegQueryInfoKey;
};

// Exported by the stand-in clusapi.dll as "RhsHostSetClusterFunctions". `functions` is copied; NULL: every function
// answers ERROR_CALL_NOT_IMPLEMENTED again.
using SetClusterFunctionsRoutine = void(RESAPI_CALL*)(const ClusterFunctions* functions);

}  // namespace resource_broker::rhs_host
