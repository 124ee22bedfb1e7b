// By the service manager: another ImagePath, and the same service ended for an upgrade and started.
#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>
// After windows.h, which it needs.
#include <shellapi.h>

#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/events/event_source_windows.h"
#include "broker_service/host/command_line.h"
#include "broker_service/host/service.h"
#include "broker_service/host/service_control_windows.h"
#include "broker_service/host/upgrade.h"
#include "ipc/error_windows.h"
#include "ipc/utf16.h"
#include "resource_modules/process/command_line.h"

namespace resource_broker::broker {
namespace {

// The largest answer of QueryServiceConfig there is.
constexpr DWORD kMaxConfigBytes = 8192;

absl::StatusOr<std::wstring> ImagePathOf(const ServiceHandle& service) {
  std::vector<BYTE> buffer(kMaxConfigBytes);
  auto* config = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(buffer.data());
  DWORD needed = 0;
  if (!QueryServiceConfigW(service.get(), config, kMaxConfigBytes, &needed)) {
    return ipc::LastWindowsError("QueryServiceConfigW");
  }
  return std::wstring(config->lpBinaryPathName);
}

absl::Status SetImagePath(const ServiceHandle& service, const std::wstring& command) {
  if (ChangeServiceConfigW(service.get(), SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, command.c_str(),
                           nullptr, nullptr, nullptr, nullptr, nullptr, nullptr)) {
    return absl::OkStatus();
  }
  return ipc::LastWindowsError("ChangeServiceConfigW");
}

// The words of a command line, as the program gets them.
std::vector<std::string> WordsOf(const std::wstring& command) {
  int count = 0;
  wchar_t** words = CommandLineToArgvW(command.c_str(), &count);
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back(ipc::Utf8FromWide(words[i]));
  LocalFree(words);
  return all;
}

// Ends the broker and lets its modules work on; what it works with is free when this returns.
absl::Status EndForUpgrade(const ServiceHandle& service, absl::Duration limit) {
  SERVICE_STATUS status = {};
  if (!ControlService(service.get(), kEndForUpgradeControl, &status)) {
    const DWORD error = GetLastError();
    if (error == ERROR_CALL_NOT_IMPLEMENTED || error == ERROR_INVALID_SERVICE_CONTROL) {
      return absl::FailedPreconditionError(
          "the running broker is too old to be taken over from: stop the service, and install the new program");
    }
    return ipc::WindowsError(error, "ControlService");
  }
  return WaitFor(service, SERVICE_STOPPED, limit);
}

// Starts the service, and waits until it answers with a process other than `former`.
absl::StatusOr<uint32_t> StartAndAsk(const ServiceHandle& service, const UpgradeOptions& options, uint32_t former) {
  if (absl::Status status = StartAndWait(service, options.limit); !status.ok()) return status;
  const absl::StatusOr<SERVICE_STATUS_PROCESS> state = Query(service);
  if (!state.ok()) return state.status();
  // RUNNING is said when it serves.
  const absl::StatusOr<RunningBroker> running = FindRunning(options.config);
  if (!running.ok()) return running.status();
  if (running->process_id == former || running->process_id != state->dwProcessId) {
    return absl::UnavailableError(absl::StrCat("process ", running->process_id, " serves at ",
                                               options.config.admin_address(), ", and the service is process ",
                                               state->dwProcessId));
  }
  return running->process_id;
}

// A service's command with the new program in place of its own.
absl::StatusOr<std::wstring> NextCommand(const std::wstring& former, const UpgradeOptions& options) {
  std::vector<std::string> words = WordsOf(former);
  if (words.empty()) return absl::FailedPreconditionError("the service's ImagePath is empty");
  words.erase(words.begin());
  return ipc::WideFromUtf8(process::CommandLine(options.program.u8string(), words));
}

int Report(const absl::Status& status) {
  fprintf(stderr, "resource_broker upgrade: %s\n", std::string(status.message()).c_str());
  return kExitFailed;
}

// The service's program is again what it was, and runs.
int GoBack(const ServiceHandle& service, const std::wstring& command, const UpgradeOptions& options) {
  absl::Status status = SetImagePath(service, command);
  if (status.ok()) status = WaitFor(service, SERVICE_STOPPED, absl::ZeroDuration());
  // One that runs and does not answer: it is ended as an upgrade ends it, so that the modules work on.
  if (absl::IsDeadlineExceeded(status)) status = EndForUpgrade(service, options.limit);
  if (status.ok()) status = StartAndWait(service, options.limit);
  if (status.ok()) {
    fprintf(stderr, "The service runs the program of before again.\n");
    return kExitFailed;
  }
  fprintf(stderr,
          "The program of before can't be started again: %s\nNo broker runs now: resource_broker start, or look into "
          "its log.\n",
          std::string(status.message()).c_str());
  return kExitNoBroker;
}

}  // namespace

std::filesystem::path ConfigOfService() {
  const absl::StatusOr<ServiceHandle> service = OpenInstalled(SERVICE_QUERY_CONFIG);
  if (!service.ok()) return {};
  const absl::StatusOr<std::wstring> command = ImagePathOf(*service);
  if (!command.ok()) return {};
  const std::vector<std::string> words = WordsOf(*command);
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--config") return std::filesystem::u8path(words[i + 1]);
  }
  return {};
}

int ReplaceProgram(const UpgradeOptions& options, const RunningBroker& running) {
  const absl::StatusOr<ServiceHandle> service =
      OpenInstalled(SERVICE_QUERY_CONFIG | SERVICE_CHANGE_CONFIG | SERVICE_QUERY_STATUS | SERVICE_START |
                    SERVICE_USER_DEFINED_CONTROL);
  if (absl::IsNotFound(service.status())) {
    fprintf(stderr,
            "resource_broker upgrade: process %lu runs in a console, not as a service. Nothing was changed; this takes "
            "over from it there:\n  \"%s\" run --take-over\n",
            static_cast<unsigned long>(running.process_id), options.program.u8string().c_str());
    return kExitUsage;
  }
  if (!service.ok()) return Report(service.status());
  const absl::StatusOr<SERVICE_STATUS_PROCESS> state = Query(*service);
  if (!state.ok()) return Report(state.status());
  if (state->dwCurrentState != SERVICE_RUNNING || state->dwProcessId != running.process_id) {
    return Report(absl::FailedPreconditionError(absl::StrCat(
        "process ", running.process_id, " is not the service, which is ", ServiceStateName(state->dwCurrentState))));
  }
  const absl::StatusOr<std::wstring> former = ImagePathOf(*service);
  if (!former.ok()) return Report(former.status());
  const absl::StatusOr<std::wstring> next = NextCommand(*former, options);
  if (!next.ok()) return Report(next.status());
  if (absl::Status status = SetImagePath(*service, *next); !status.ok()) return Report(status);
  absl::Status status = EndForUpgrade(*service, options.limit);
  if (absl::IsFailedPrecondition(status)) {
    // It was not asked.
    SetImagePath(*service, *former).IgnoreError();
    return Report(status);
  }
  if (status.ok()) {
    const absl::StatusOr<uint32_t> started = StartAndAsk(*service, options, running.process_id);
    if (started.ok()) {
      // The program of before may be removed, and with it the texts of events.
      if (absl::Status texts = AddEventSource(options.program); !texts.ok()) Report(texts);
      printf("Process %lu has taken over.\n", static_cast<unsigned long>(*started));
      return kExitOk;
    }
    status = started.status();
  }
  Report(status);
  return GoBack(*service, *former, options);
}

bool ServiceIsStopped() {
  const absl::StatusOr<ServiceHandle> service = OpenInstalled(SERVICE_QUERY_STATUS);
  if (!service.ok()) return false;
  const absl::StatusOr<SERVICE_STATUS_PROCESS> state = Query(*service);
  return state.ok() && state->dwCurrentState == SERVICE_STOPPED;
}

int StartProgram(const UpgradeOptions& options) {
  const absl::StatusOr<ServiceHandle> service =
      OpenInstalled(SERVICE_QUERY_CONFIG | SERVICE_CHANGE_CONFIG | SERVICE_QUERY_STATUS | SERVICE_START);
  if (!service.ok()) return Report(service.status());
  const absl::StatusOr<std::wstring> former = ImagePathOf(*service);
  if (!former.ok()) return Report(former.status());
  const absl::StatusOr<std::wstring> next = NextCommand(*former, options);
  if (!next.ok()) return Report(next.status());
  if (absl::Status status = SetImagePath(*service, *next); !status.ok()) return Report(status);
  const absl::StatusOr<uint32_t> started = StartAndAsk(*service, options, 0);
  if (started.ok()) {
    printf("The service runs it as process %lu.\n", static_cast<unsigned long>(*started));
    return kExitOk;
  }
  Report(started.status());
  if (absl::Status status = SetImagePath(*service, *former); !status.ok()) Report(status);
  fprintf(stderr, "The service's program is the one of before. No broker runs now, as none did before.\n");
  return kExitNoBroker;
}

}  // namespace resource_broker::broker
