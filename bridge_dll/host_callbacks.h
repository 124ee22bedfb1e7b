// What RHS lets a resource DLL call.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "bridge_dll/resapi.h"

namespace resource_broker::bridge {

// The callbacks that StartupEx got, as calls that are safe whatever was NULL. A value; any thread. Never called with a
// lock held: the host may block in them, or call an entry point from inside.
class HostCallbacks {
 public:
  HostCallbacks() = default;
  explicit HostCallbacks(const resapi::CLRES_CALLBACK_FUNCTION_TABLE& table);

  // One entry of the cluster log; `text` (UTF-8) is cut so that the entry stays within 500 characters.
  void Log(resapi::RESOURCE_HANDLE handle, resapi::LOG_LEVEL level, absl::string_view text) const;

  // False if the host answers that the resource was terminated.
  bool Report(resapi::RESOURCE_HANDLE handle, const resapi::RESOURCE_STATUS_EX& status) const;

  // These give the host's Win32 code.
  uint32_t SetLocked(resapi::RESOURCE_HANDLE handle, bool locked, uint32_t reason) const;
  uint32_t SignalFailure(resapi::RESOURCE_HANDLE handle, uint32_t failure_type, uint32_t application_error) const;

 private:
  resapi::PLOG_EVENT_ROUTINE log_event_ = nullptr;
  resapi::PSET_RESOURCE_STATUS_ROUTINE_EX set_status_ = nullptr;
  resapi::PSET_RESOURCE_LOCKED_MODE_ROUTINE set_locked_mode_ = nullptr;
  resapi::PSIGNAL_FAILURE_ROUTINE signal_failure_ = nullptr;
};

}  // namespace resource_broker::bridge
