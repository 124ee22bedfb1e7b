// What the DLL under check calls, on its own threads.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/names/names.h"
#include "clients/rhs_host/checks/subject.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {

Instance* Subject::Called(resapi::RESOURCE_HANDLE handle, const char* callback) {
  Instance* instance = nullptr;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = handles_.find(reinterpret_cast<uintptr_t>(handle));
    if (found == handles_.end()) {
      foreign_.push_back(absl::StrFormat("%s with the handle 0x%x", callback, reinterpret_cast<uintptr_t>(handle)));
      return nullptr;
    }
    instance = found->second;
  }
  instance->NoteCallback(callback);
  return instance;
}

void Subject::LogEvent(resapi::RESOURCE_HANDLE handle, resapi::LOG_LEVEL, const std::string& format,
                       const std::string& text) {
  timeline_->Add({RecordKind::kLog, "", text, {{"message", text}}});
  {
    absl::MutexLock lock(&mutex_);
    logs_.push_back({format, text});
  }
  // Before the first OpenV2 there is no handle to pass.
  if (handle != nullptr) Called(handle, "LogEvent");
}

resapi::DWORD Subject::SetResourceStatusEx(resapi::RESOURCE_HANDLE handle, const resapi::RESOURCE_STATUS_EX* status) {
  Instance* instance = Called(handle, "SetResourceStatusEx");
  if (instance == nullptr || status == nullptr) return resapi::ResourceExitStateTerminate;
  const resapi::DWORD answer = instance->Report(*status, Elapsed());
  timeline_->Add(
      {RecordKind::kReport,
       instance->name(),
       absl::StrFormat("report %s checkpoint=%u%s", names::StateName(status->ResourceState), status->CheckPoint,
                       answer == resapi::ResourceExitStateTerminate ? ", answered Terminate" : ""),
       {{"state", names::StateName(status->ResourceState)}, {"checkpoint", uint64_t{status->CheckPoint}}}});
  return answer;
}

resapi::DWORD Subject::SetResourceLockedMode(resapi::RESOURCE_HANDLE handle, bool locked, resapi::DWORD reason) {
  Instance* instance = Called(handle, "SetResourceLockedMode");
  if (instance == nullptr) return win32::kResourceNotFound;
  timeline_->Add({RecordKind::kLockedMode,
                  instance->name(),
                  absl::StrFormat("locked mode %s, reason %u", locked ? "on" : "off", reason),
                  {{"locked", locked}, {"reason", uint64_t{reason}}}});
  return instance->Lock(locked);
}

resapi::DWORD Subject::SignalFailure(resapi::RESOURCE_HANDLE handle, resapi::FAILURE_TYPE, resapi::DWORD) {
  return Called(handle, "SignalFailure") == nullptr ? win32::kResourceNotFound : win32::kSuccess;
}

resapi::DWORD Subject::SetResourceInMemoryNodeLocalProperties(resapi::RESOURCE_HANDLE handle, const resapi::BYTE*,
                                                              resapi::DWORD) {
  return Called(handle, "SetResourceInMemoryNodeLocalProperties") == nullptr ? win32::kResourceNotFound
                                                                             : win32::kSuccess;
}

resapi::DWORD Subject::SetResourceLockedModeEx(resapi::RESOURCE_HANDLE handle, bool locked, resapi::DWORD reason,
                                               resapi::DWORD) {
  return SetResourceLockedMode(handle, locked, reason);
}

resapi::DWORD Subject::UnsupportedCallback(int) { return win32::kCallNotImplemented; }

}  // namespace resource_broker::rhs_host
