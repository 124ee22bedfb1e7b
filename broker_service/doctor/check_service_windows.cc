// What the service manager has to say.
#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>
// After windows.h.
#include <shellapi.h>

#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "broker_service/doctor/checks.h"
#include "broker_service/host/service_control_windows.h"
#include "ipc/utf16.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

constexpr DWORD kMaxConfigBytes = 8192;
constexpr char kConfigure[] = "resource_broker configure-service";

// The first word of an ImagePath, as Windows starts it.
fs::path ProgramOf(const wchar_t* command) {
  int count = 0;
  wchar_t** words = CommandLineToArgvW(command, &count);
  if (words == nullptr) return {};
  fs::path program = count > 0 ? words[0] : L"";
  LocalFree(words);
  return program;
}

void CheckProgram(const QUERY_SERVICE_CONFIGW& config, const DoctorOptions& options, Findings* findings) {
  const fs::path program = ProgramOf(config.lpBinaryPathName);
  std::error_code error;
  if (!fs::is_regular_file(program, error)) {
    findings->Error("service.program",
                    absl::StrCat("the service's ImagePath names ", program.u8string(), ", which is not there"),
                    "install the broker again: resource_broker uninstall, then resource_broker install --config FILE");
  } else if (!fs::equivalent(program, options.program, error)) {
    findings->Warning(
        "service.program",
        absl::StrCat("the service runs ", program.u8string(), ", and this program is ", options.program.u8string()),
        "resource_broker upgrade PATH, if this one is to run; else ask that one");
  } else {
    findings->Ok("service.program", program.u8string());
  }
}

void CheckStart(const QUERY_SERVICE_CONFIGW& config, Findings* findings) {
  if (config.dwStartType == SERVICE_AUTO_START) {
    findings->Ok("service.start", "it starts with the machine");
  } else if (config.dwStartType == SERVICE_DISABLED) {
    findings->Error("service.start", "the service is disabled", "sc config ResourceBroker start= delayed-auto");
  } else {
    findings->Warning("service.start", "the service does not start with the machine",
                      "sc config ResourceBroker start= delayed-auto");
  }
}

void CheckAccount(const QUERY_SERVICE_CONFIGW& config, Findings* findings) {
  const std::wstring account = config.lpServiceStartName == nullptr ? L"" : config.lpServiceStartName;
  if (account.empty() || _wcsicmp(account.c_str(), L"LocalSystem") == 0) {
    findings->Ok("service.account", "LocalSystem");
    return;
  }
  findings->Warning("service.account", absl::StrCat("the service runs as ", ipc::Utf8FromWide(account)),
                    "see that this account may do what the modules do; docs/service.md says what the broker needs");
}

void CheckRecovery(SC_HANDLE service, Findings* findings) {
  constexpr char kCheck[] = "service.recovery";
  std::vector<BYTE> buffer(kMaxConfigBytes);
  DWORD needed = 0;
  if (!QueryServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS, buffer.data(), kMaxConfigBytes, &needed)) {
    findings->Warning(kCheck, absl::StrCat("the recovery actions can't be read: error ", GetLastError()), kConfigure);
    return;
  }
  const auto* failures = reinterpret_cast<const SERVICE_FAILURE_ACTIONSW*>(buffer.data());
  bool restarts = failures->cActions > 0;
  for (DWORD i = 0; i < failures->cActions; ++i)
    restarts = restarts && failures->lpsaActions[i].Type == SC_ACTION_RESTART;
  SERVICE_FAILURE_ACTIONS_FLAG flag = {};
  const bool after_errors = QueryServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG,
                                                 reinterpret_cast<BYTE*>(&flag), sizeof(flag), &needed) &&
                            flag.fFailureActionsOnNonCrashFailures;
  if (restarts && after_errors) {
    findings->Ok(kCheck, "it is restarted after a crash, and after a stop with an error");
  } else {
    findings->Warning(kCheck,
                      absl::StrCat("it is not restarted after ", restarts ? "a stop with an error" : "each crash"),
                      kConfigure);
  }
}

}  // namespace

void CheckService(const DoctorOptions& options, Findings* findings) {
  const absl::StatusOr<ServiceHandle> service = OpenInstalled(SERVICE_QUERY_CONFIG | SERVICE_QUERY_STATUS);
  if (absl::IsNotFound(service.status())) {
    findings->Warning("service", "the service ResourceBroker is not installed",
                      "resource_broker install --config FILE --start, unless the broker is to run in a console");
    return;
  }
  if (!service.ok()) {
    findings->Error("service", std::string(service.status().message()), "run this as administrator");
    return;
  }
  std::vector<BYTE> buffer(kMaxConfigBytes);
  auto* config = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(buffer.data());
  DWORD needed = 0;
  const absl::StatusOr<SERVICE_STATUS_PROCESS> status = Query(*service);
  if (!status.ok() || !QueryServiceConfigW(service->get(), config, kMaxConfigBytes, &needed)) {
    findings->Error("service", "the service manager does not tell of the service", "run this as administrator");
    return;
  }
  findings->Ok("service", absl::StrCat("the service ResourceBroker is ", ServiceStateName(status->dwCurrentState)));
  CheckProgram(*config, options, findings);
  CheckStart(*config, findings);
  CheckRecovery(service->get(), findings);
  CheckAccount(*config, findings);
}

}  // namespace resource_broker::broker
