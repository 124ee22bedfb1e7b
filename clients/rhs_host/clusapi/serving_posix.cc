#include <atomic>

#include "absl/status/status.h"
#include "clients/rhs_host/clusapi/serving.h"
#include "resource_broker/v1/win32_codes.h"

#define RHS_HOST_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using resapi::BYTE;
using resapi::DWORD;
using resapi::HKEY;
using resapi::LONG;
using resapi::WCHAR;
using resource_broker::rhs_host::ClusterFunctions;
using resource_broker::rhs_host::FileTime;

std::atomic<bool> g_serving{false};

// Set once before the first resource DLL is loaded, and never changed: without a registry its functions say so.
const ClusterFunctions g_functions = resource_broker::rhs_host::FunctionsOver(nullptr);

}  // namespace

RHS_HOST_EXPORT LONG ClusterRegOpenKey(HKEY key, const WCHAR* subkey, DWORD access, HKEY* result) {
  return g_functions.ClusterRegOpenKey(key, subkey, access, result);
}

RHS_HOST_EXPORT LONG ClusterRegCloseKey(HKEY key) { return g_functions.ClusterRegCloseKey(key); }

RHS_HOST_EXPORT LONG ClusterRegEnumKey(HKEY key, DWORD index, WCHAR* name, DWORD* name_chars, FileTime* last_write) {
  return g_functions.ClusterRegEnumKey(key, index, name, name_chars, last_write);
}

RHS_HOST_EXPORT DWORD ClusterRegEnumValue(HKEY key, DWORD index, WCHAR* name, DWORD* name_chars, DWORD* type,
                                          BYTE* data, DWORD* data_bytes) {
  return g_functions.ClusterRegEnumValue(key, index, name, name_chars, type, data, data_bytes);
}

RHS_HOST_EXPORT LONG ClusterRegQueryValue(HKEY key, const WCHAR* name, DWORD* type, BYTE* data, DWORD* data_bytes) {
  return g_functions.ClusterRegQueryValue(key, name, type, data, data_bytes);
}

RHS_HOST_EXPORT LONG ClusterRegQueryInfoKey(HKEY key, DWORD* subkeys, DWORD* longest_subkey, DWORD* values,
                                            DWORD* longest_name, DWORD* longest_value, DWORD* security_descriptor,
                                            FileTime* last_write) {
  return g_functions.ClusterRegQueryInfoKey(key, subkeys, longest_subkey, values, longest_name, longest_value,
                                            security_descriptor, last_write);
}

namespace resource_broker::rhs_host {
namespace {

class ProcessServing : public Serving {
 public:
  ~ProcessServing() override {
    FunctionsOver(nullptr);
    g_serving.store(false);
  }
};

}  // namespace

absl::StatusOr<std::unique_ptr<Serving>> Serving::Start(ClusterRegistry* registry) {
  if (g_serving.exchange(true)) return absl::FailedPreconditionError("the process serves another registry already");
  FunctionsOver(registry);
  return std::make_unique<ProcessServing>();
}

}  // namespace resource_broker::rhs_host
