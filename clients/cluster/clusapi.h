// The part of clusapi.dll that resource types are registered with, as functions found at run time.
//
// Declared here for the same reason as in resapi.h: MinGW's clusapi.h does not compile as it is. Values: clusapi.h of
// the Windows SDK.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "bridge_dll/win32_types.h"

namespace resource_broker::cluster {

using resapi::BOOL;
using resapi::DWORD;
using resapi::HANDLE;
using resapi::LONG;
using resapi::WCHAR;

// All of them or none; any thread.
struct Clusapi {
#define CLUSAPI_FUNCTION(result, name, parameters) result(RESAPI_CALL* name) parameters = nullptr;
#include "clients/cluster/clusapi_functions.inc"
#undef CLUSAPI_FUNCTION
  // GetLastError of the calling thread.
  uint32_t (*last_error)() = nullptr;
};

// `find` gives an exported function by its name, or null. FailedPrecondition naming the first that there is not.
absl::StatusOr<Clusapi> FindClusapi(const std::function<void*(const char* name)>& find, uint32_t (*last_error)());

// What GetNodeClusterState tells of the cluster service.
inline constexpr DWORD kNotInstalled = 0;
inline constexpr DWORD kNotConfigured = 1;
inline constexpr DWORD kNotRunning = 3;

// Kinds for ClusterOpenEnum, and for ClusterResourceTypeOpenEnum.
inline constexpr DWORD kEnumNodes = 1;
inline constexpr DWORD kEnumTypes = 2;
inline constexpr DWORD kEnumNodesOfType = 1;
inline constexpr DWORD kEnumResourcesOfType = 2;

// Codes for ClusterResourceTypeControl: read-only common properties, the others, and setting those.
inline constexpr DWORD kGetReadOnlyProperties = 0x02000055;
inline constexpr DWORD kGetProperties = 0x02000059;
inline constexpr DWORD kSetProperties = 0x0240005E;

// Common properties of a type that hold text; type_properties.h has those that are numbers. DllName is read-only, and
// Name is the display name (documented: resource-type-common-properties).
inline constexpr char kDllName[] = "DllName";
inline constexpr char kDisplayName[] = "Name";

}  // namespace resource_broker::cluster
