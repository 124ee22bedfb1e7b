#include "bridge_dll/host_callbacks.h"

#include "bridge_dll/wide_text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bridge {
namespace {

// Text that is not ours is only ever an insert.
constexpr auto* kLogFormat = RESAPI_TEXT("Resource Broker: %1!s!\n");
// The entry's 500 characters less the format's own.
constexpr size_t kMaxLogUnits = 470;

}  // namespace

HostCallbacks::HostCallbacks(const resapi::CLRES_CALLBACK_FUNCTION_TABLE& table)
    : log_event_(table.LogEvent),
      set_status_(table.SetResourceStatusEx),
      set_locked_mode_(table.SetResourceLockedMode),
      signal_failure_(table.SignalFailure) {}

void HostCallbacks::Log(resapi::RESOURCE_HANDLE handle, resapi::LOG_LEVEL level, absl::string_view text) const {
  if (log_event_ == nullptr) return;
  log_event_(handle, level, kLogFormat, TextForHost(text, kMaxLogUnits).c_str());
}

bool HostCallbacks::Report(resapi::RESOURCE_HANDLE handle, const resapi::RESOURCE_STATUS_EX& status) const {
  if (set_status_ == nullptr) return true;
  resapi::RESOURCE_STATUS_EX copy = status;  // the host's to write to, as far as its type says
  return set_status_(handle, &copy) != resapi::ResourceExitStateTerminate;
}

uint32_t HostCallbacks::SetLocked(resapi::RESOURCE_HANDLE handle, bool locked, uint32_t reason) const {
  if (set_locked_mode_ == nullptr) return win32::kCallNotImplemented;
  return set_locked_mode_(handle, locked ? 1 : 0, reason);
}

uint32_t HostCallbacks::SignalFailure(resapi::RESOURCE_HANDLE handle, uint32_t failure_type,
                                      uint32_t application_error) const {
  if (signal_failure_ == nullptr) return win32::kCallNotImplemented;
  return signal_failure_(handle, static_cast<resapi::FAILURE_TYPE>(failure_type), application_error);
}

}  // namespace resource_broker::bridge
