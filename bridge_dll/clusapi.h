// The four functions of clusapi.dll with which a resource DLL reads its resource's key in the cluster database.
//
// Declared here for the same reason as in resapi.h. The bridge finds them at run time (cluster_registry.h); a host that
// stands in for RHS defines them, undecorated and with C linkage: in a clusapi.dll beside it, natively in its own
// executable, which must export them (-rdynamic).
//
// Keys are opaque. Names and values are UTF-16; data is as in the Windows registry, text with its terminating zero.
#pragma once

#include "bridge_dll/win32_types.h"

namespace resapi {

// Registry value types.
inline constexpr DWORD REG_TYPE_NONE = 0;
inline constexpr DWORD REG_TYPE_SZ = 1;
inline constexpr DWORD REG_TYPE_EXPAND_SZ = 2;
inline constexpr DWORD REG_TYPE_BINARY = 3;
inline constexpr DWORD REG_TYPE_DWORD = 4;
inline constexpr DWORD REG_TYPE_MULTI_SZ = 7;
inline constexpr DWORD REG_TYPE_QWORD = 11;

// Access asked for with ClusterRegOpenKey.
inline constexpr DWORD CLUSTER_KEY_READ = 0x20019;

// Answers beyond success (0), as winerror.h has them.
inline constexpr DWORD CLUSTER_REG_FILE_NOT_FOUND = 2;  // no such key or value
inline constexpr DWORD CLUSTER_REG_MORE_DATA = 234;     // a buffer is too small
inline constexpr DWORD CLUSTER_REG_NO_MORE_ITEMS = 259;

// Opens `SubKey` of `Key`; the result is closed with ClusterRegCloseKey.
using PCLUSTER_REG_OPEN_KEY = LONG(RESAPI_CALL*)(HKEY Key, const WCHAR* SubKey, DWORD DesiredAccess, HKEY* Result);
using PCLUSTER_REG_CLOSE_KEY = LONG(RESAPI_CALL*)(HKEY Key);

// The `Index`th value. `*NameSize` counts characters: with the terminating zero on entry, without it on return; on
// CLUSTER_REG_MORE_DATA what is needed. `*DataSize` counts bytes. `Type` and `Data` may be NULL.
using PCLUSTER_REG_ENUM_VALUE = DWORD(RESAPI_CALL*)(HKEY Key, DWORD Index, WCHAR* Name, DWORD* NameSize, DWORD* Type,
                                                    BYTE* Data, DWORD* DataSize);

// One value by name, case-insensitively.
using PCLUSTER_REG_QUERY_VALUE = LONG(RESAPI_CALL*)(HKEY Key, const WCHAR* Name, DWORD* Type, BYTE* Data,
                                                    DWORD* DataSize);

}  // namespace resapi
