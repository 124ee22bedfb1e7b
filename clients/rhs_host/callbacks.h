// The callback table a resource DLL gets at StartupEx, and who answers.
#pragma once

#include <string>

#include "bridge_dll/resapi.h"

namespace resource_broker::rhs_host {

// Receives what a resource DLL calls, on any of its threads and several at once. `handle` is whatever the DLL passed:
// check it. Must not call into the DLL. No exception may leave.
class CallbackReceiver {
 public:
  // `format` is what the DLL passed, and `text` what it says.
  virtual void LogEvent(resapi::RESOURCE_HANDLE handle, resapi::LOG_LEVEL level, const std::string& format,
                        const std::string& text) = 0;
  // A report of version 1 comes as one of version 2, without a code and flags.
  virtual resapi::DWORD SetResourceStatusEx(resapi::RESOURCE_HANDLE handle,
                                            const resapi::RESOURCE_STATUS_EX* status) = 0;
  virtual resapi::DWORD SetResourceLockedMode(resapi::RESOURCE_HANDLE handle, bool locked, resapi::DWORD reason) = 0;
  virtual resapi::DWORD SignalFailure(resapi::RESOURCE_HANDLE handle, resapi::FAILURE_TYPE type,
                                      resapi::DWORD application_code) = 0;
  virtual resapi::DWORD SetResourceInMemoryNodeLocalProperties(resapi::RESOURCE_HANDLE handle,
                                                               const resapi::BYTE* properties, resapi::DWORD size) = 0;
  virtual resapi::DWORD SetResourceLockedModeEx(resapi::RESOURCE_HANDLE handle, bool locked, resapi::DWORD reason,
                                                resapi::DWORD flags) = 0;
  // Another member of the table beyond the five that every Windows with version 2 has, by its place in it.
  virtual resapi::DWORD UnsupportedCallback(int member) = 0;

 protected:
  ~CallbackReceiver() = default;
};

// Directs the process's one table to a receiver while it lives. At most one at a time: the functions have no argument
// that could tell two apart. Its end waits for callbacks under way; one that comes later is answered Terminate or
// ERROR_INVALID_HANDLE and reaches nobody.
class CallbackScope {
 public:
  explicit CallbackScope(CallbackReceiver* receiver);
  ~CallbackScope();
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;
};

// The table itself, all 17 members of today's; lives as long as the process, as RHS's does.
resapi::CLRES_CALLBACK_FUNCTION_TABLE* CallbackTable();

// What Startup gets in its place.
resapi::PSET_RESOURCE_STATUS_ROUTINE StatusRoutineOfVersion1();
resapi::PLOG_EVENT_ROUTINE LogRoutineOfVersion1();

}  // namespace resource_broker::rhs_host
