// What a resource DLL calls, on its own threads.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/names/names.h"
#include "clients/rhs_host/bytes.h"
#include "clients/rhs_host/host.h"
#include "clients/rhs_host/host_resource.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

const char* LevelName(resapi::LOG_LEVEL level) {
  switch (level) {
    case resapi::LOG_INFORMATION:
      return "info";
    case resapi::LOG_WARNING:
      return "warning";
    case resapi::LOG_ERROR:
      return "error";
    case resapi::LOG_SEVERE:
      return "severe";
  }
  return "unknown level";
}

const char* FailureName(resapi::FAILURE_TYPE type) {
  switch (type) {
    case resapi::FAILURE_TYPE_GENERAL:
      return "general";
    case resapi::FAILURE_TYPE_EMBEDDED:
      return "embedded";
    case resapi::FAILURE_TYPE_NETWORK_LOSS:
      return "network loss";
  }
  return "unknown type";
}

// What the log and failure callbacks end their text with is theirs; a newline would break the timeline's lines.
std::string OneLine(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

}  // namespace

Host::Resource* Host::Called(resapi::RESOURCE_HANDLE handle, const char* callback) {
  const auto found = handles_.find(reinterpret_cast<uintptr_t>(handle));
  if (found != handles_.end() && found->second != nullptr) return found->second;
  Violation("", absl::StrFormat("%s with the RESOURCE_HANDLE 0x%x, %s", callback, reinterpret_cast<uintptr_t>(handle),
                                found == handles_.end() ? "which no resource has" : "whose resource is closed"));
  return nullptr;
}

void Host::LogEvent(resapi::RESOURCE_HANDLE handle, resapi::LOG_LEVEL level, const std::string&,
                    const std::string& text) {
  absl::MutexLock lock(&mutex_);
  // Logging needs no resource: a DLL logs in StartupEx and after Close with the handle it has.
  const auto found = handles_.find(reinterpret_cast<uintptr_t>(handle));
  const bool open = found != handles_.end() && found->second != nullptr;
  timeline_->Add({RecordKind::kLog,
                  open ? found->second->name : "",
                  absl::StrCat(LevelName(level), ": ", OneLine(text)),
                  {{"level", LevelName(level)}, {"message", text}}});
}

resapi::DWORD Host::SetResourceStatusEx(resapi::RESOURCE_HANDLE handle, const resapi::RESOURCE_STATUS_EX* status) {
  absl::MutexLock lock(&mutex_);
  Resource* resource = Called(handle, "SetResourceStatusEx");
  if (resource == nullptr) return resapi::ResourceExitStateTerminate;
  if (status == nullptr) {
    Violation(resource->name, "SetResourceStatusEx with a NULL status");
    return resapi::ResourceExitStateContinue;
  }
  if (!resource->rules) {
    Violation(resource->name, "SetResourceStatusEx before OpenV2 returned");
    return resapi::ResourceExitStateContinue;
  }
  if (status->EventHandle != nullptr) resource->has_event = true;
  const resapi::CLUSTER_RESOURCE_STATE before = resource->rules->state();
  const Verdict verdict = resource->rules->Reported(*status, timeline_->Elapsed());
  std::string text =
      absl::StrFormat("report %s checkpoint=%u", names::StateName(status->ResourceState), status->CheckPoint);
  if (status->ApplicationSpecificErrorCode != 0) {
    absl::StrAppend(&text, " app=", names::FormatWin32(status->ApplicationSpecificErrorCode));
  }
  if (status->Flags != 0) {
    absl::StrAppend(&text, " flags=", names::FormatFlags(names::FlagSet::kStatus, status->Flags));
  }
  const bool stop = verdict.answer == resapi::ResourceExitStateTerminate;
  if (stop) absl::StrAppend(&text, ", answered Terminate");
  timeline_->Add({RecordKind::kReport,
                  resource->name,
                  text,
                  {{"state", names::StateName(status->ResourceState)},
                   {"state_number", int64_t{status->ResourceState}},
                   {"checkpoint", uint64_t{status->CheckPoint}},
                   {"app", uint64_t{status->ApplicationSpecificErrorCode}},
                   {"flags", uint64_t{status->Flags}},
                   {"event_handle", uint64_t{reinterpret_cast<uintptr_t>(status->EventHandle)}},
                   {"wait_hint", uint64_t{status->WaitHint}},
                   {"answer", stop ? "terminate" : "continue"}}});
  Apply(resource, verdict, before);
  return verdict.answer;
}

resapi::DWORD Host::SetResourceLockedMode(resapi::RESOURCE_HANDLE handle, bool locked, resapi::DWORD reason) {
  absl::MutexLock lock(&mutex_);
  Resource* resource = Called(handle, "SetResourceLockedMode");
  if (resource == nullptr || !resource->rules) return win32::kResourceNotFound;
  timeline_->Add({RecordKind::kLockedMode,
                  resource->name,
                  absl::StrFormat("locked mode %s, reason %u", locked ? "on" : "off", reason),
                  {{"locked", locked}, {"reason", uint64_t{reason}}}});
  resource->rules->LockedModeSet(locked);
  changed_.SignalAll();
  return win32::kSuccess;
}

resapi::DWORD Host::SignalFailure(resapi::RESOURCE_HANDLE handle, resapi::FAILURE_TYPE type,
                                  resapi::DWORD application_code) {
  absl::MutexLock lock(&mutex_);
  Resource* resource = Called(handle, "SignalFailure");
  if (resource == nullptr) return win32::kResourceNotFound;
  timeline_->Add(
      {RecordKind::kFailure,
       resource->name,
       absl::StrCat("failure signalled, ", FailureName(type), ", app=", names::FormatWin32(application_code)),
       {{"type", FailureName(type)}, {"app", uint64_t{application_code}}}});
  ++resource->failures;
  changed_.SignalAll();
  return win32::kSuccess;
}

resapi::DWORD Host::SetResourceInMemoryNodeLocalProperties(resapi::RESOURCE_HANDLE handle,
                                                           const resapi::BYTE* properties, resapi::DWORD size) {
  absl::MutexLock lock(&mutex_);
  Resource* resource = Called(handle, "SetResourceInMemoryNodeLocalProperties");
  if (resource == nullptr) return win32::kResourceNotFound;
  if (properties == nullptr && size > 0) return win32::kInvalidParameter;
  timeline_->Add({RecordKind::kProperties,
                  resource->name,
                  absl::StrFormat("in-memory node-local properties, %u bytes", size),
                  {{"size", uint64_t{size}}, {"properties", FormatHexadecimal({properties, size})}}});
  return win32::kSuccess;
}

resapi::DWORD Host::SetResourceLockedModeEx(resapi::RESOURCE_HANDLE handle, bool locked, resapi::DWORD reason,
                                            resapi::DWORD) {
  if (options_.assumptions.has_locked_mode_ex) return SetResourceLockedMode(handle, locked, reason);
  constexpr int kMember = 13;
  return UnsupportedCallback(kMember);
}

resapi::DWORD Host::UnsupportedCallback(int member) {
  absl::MutexLock lock(&mutex_);
  const std::string text = absl::StrFormat(
      "a callback beyond the first five was called, member %d, and answered ERROR_CALL_NOT_IMPLEMENTED", member);
  timeline_->Add({RecordKind::kNote, "", absl::StrCat("note: ", text), {{"text", text}}});
  return win32::kCallNotImplemented;
}

void Host::ClusterFunctionCalled(const ClusterCall& call) {
  if (call.provided) return;
  const std::string text =
      absl::StrCat(call.function, " of clusapi.dll was called, and is not provided: ERROR_CALL_NOT_IMPLEMENTED");
  timeline_->Add({RecordKind::kNote, "", absl::StrCat("note: ", text), {{"text", text}, {"function", call.function}}});
}

}  // namespace resource_broker::rhs_host
