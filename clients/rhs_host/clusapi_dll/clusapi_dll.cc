// The stand-in clusapi.dll: a shell whose functions are given to it by the host that loaded it.
//
// Free of everything but Windows, so that it can be loaded into any host.
#include <atomic>

#include "clients/rhs_host/clusapi/clusapi.h"
#include "resource_broker/v1/win32_codes.h"

namespace {

using resapi::BYTE;
using resapi::DWORD;
using resapi::HKEY;
using resapi::LONG;
using resapi::WCHAR;
using resource_broker::rhs_host::ClusterFunctions;
using resource_broker::rhs_host::FileTime;
using resource_broker::win32::kCallNotImplemented;

ClusterFunctions g_functions;
// Null until a host gave its functions. They stay where they are, so that a call under way never sees half a table.
std::atomic<const ClusterFunctions*> g_given{nullptr};

}  // namespace

extern "C" {

void RESAPI_CALL RhsHostSetClusterFunctions(const ClusterFunctions* functions) {
  if (functions != nullptr) g_functions = *functions;
  g_given.store(functions == nullptr ? nullptr : &g_functions);
}

LONG RESAPI_CALL ClusterRegOpenKey(HKEY key, const WCHAR* subkey, DWORD access, HKEY* result) {
  const ClusterFunctions* functions = g_given.load();
  if (functions == nullptr) return kCallNotImplemented;
  return functions->ClusterRegOpenKey(key, subkey, access, result);
}

LONG RESAPI_CALL ClusterRegCloseKey(HKEY key) {
  const ClusterFunctions* functions = g_given.load();
  if (functions == nullptr) return kCallNotImplemented;
  return functions->ClusterRegCloseKey(key);
}

LONG RESAPI_CALL ClusterRegEnumKey(HKEY key, DWORD index, WCHAR* name, DWORD* name_chars, FileTime* last_write) {
  const ClusterFunctions* functions = g_given.load();
  if (functions == nullptr) return kCallNotImplemented;
  return functions->ClusterRegEnumKey(key, index, name, name_chars, last_write);
}

DWORD RESAPI_CALL ClusterRegEnumValue(HKEY key, DWORD index, WCHAR* name, DWORD* name_chars, DWORD* type, BYTE* data,
                                      DWORD* data_bytes) {
  const ClusterFunctions* functions = g_given.load();
  if (functions == nullptr) return kCallNotImplemented;
  return functions->ClusterRegEnumValue(key, index, name, name_chars, type, data, data_bytes);
}

LONG RESAPI_CALL ClusterRegQueryValue(HKEY key, const WCHAR* name, DWORD* type, BYTE* data, DWORD* data_bytes) {
  const ClusterFunctions* functions = g_given.load();
  if (functions == nullptr) return kCallNotImplemented;
  return functions->ClusterRegQueryValue(key, name, type, data, data_bytes);
}

LONG RESAPI_CALL ClusterRegQueryInfoKey(HKEY key, DWORD* subkeys, DWORD* longest_subkey, DWORD* values,
                                        DWORD* longest_name, DWORD* longest_value, DWORD* security_descriptor,
                                        FileTime* last_write) {
  const ClusterFunctions* functions = g_given.load();
  if (functions == nullptr) return kCallNotImplemented;
  return functions->ClusterRegQueryInfoKey(key, subkeys, longest_subkey, values, longest_name, longest_value,
                                           security_descriptor, last_write);
}

}  // extern "C"
