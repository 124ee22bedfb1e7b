#include <atomic>

#include "clients/rhs_host/clusapi/serving.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

using resapi::BYTE;
using resapi::DWORD;
using resapi::HKEY;
using resapi::LONG;
using resapi::WCHAR;

std::atomic<ClusterRegistry*> g_registry{nullptr};

// Calls `function` on the registry; none: ERROR_CALL_NOT_IMPLEMENTED.
template <typename Function>
uint32_t Answer(Function function) {
  ClusterRegistry* registry = g_registry.load();
  return registry == nullptr ? win32::kCallNotImplemented : function(registry);
}

LONG RESAPI_CALL OpenKey(HKEY key, const WCHAR* subkey, DWORD, HKEY* result) {
  return static_cast<LONG>(Answer([&](auto* registry) { return registry->OpenKey(key, subkey, result); }));
}

LONG RESAPI_CALL CloseKey(HKEY key) {
  return static_cast<LONG>(Answer([&](auto* registry) { return registry->CloseKey(key); }));
}

LONG RESAPI_CALL EnumKey(HKEY key, DWORD index, WCHAR* name, DWORD* name_chars, FileTime* last_write) {
  return static_cast<LONG>(
      Answer([&](auto* registry) { return registry->EnumKey(key, index, name, name_chars, last_write); }));
}

DWORD RESAPI_CALL EnumValue(HKEY key, DWORD index, WCHAR* name, DWORD* name_chars, DWORD* type, BYTE* data,
                            DWORD* data_bytes) {
  return Answer(
      [&](auto* registry) { return registry->EnumValue(key, index, name, name_chars, type, data, data_bytes); });
}

LONG RESAPI_CALL QueryValue(HKEY key, const WCHAR* name, DWORD* type, BYTE* data, DWORD* data_bytes) {
  return static_cast<LONG>(
      Answer([&](auto* registry) { return registry->QueryValue(key, name, type, data, data_bytes); }));
}

LONG RESAPI_CALL QueryInfoKey(HKEY key, DWORD* subkeys, DWORD* longest_subkey_chars, DWORD* values,
                              DWORD* longest_value_name_chars, DWORD* longest_value_bytes,
                              DWORD* security_descriptor_bytes, FileTime* last_write) {
  return static_cast<LONG>(Answer([&](auto* registry) {
    return registry->QueryInfoKey(key, subkeys, longest_subkey_chars, values, longest_value_name_chars,
                                  longest_value_bytes, security_descriptor_bytes, last_write);
  }));
}

}  // namespace

ClusterFunctions FunctionsOver(ClusterRegistry* registry) {
  g_registry.store(registry);
  return {&OpenKey, &CloseKey, &EnumKey, &EnumValue, &QueryValue, &QueryInfoKey};
}

}  // namespace resource_broker::rhs_host
