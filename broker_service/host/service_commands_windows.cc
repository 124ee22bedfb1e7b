// install, uninstall, start, stop, status.
#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "broker_service/host/command_line.h"
#include "broker_service/host/config.h"
#include "broker_service/host/platform.h"
#include "broker_service/host/service.h"
#include "broker_service/host/service_names_windows.h"
#include "ipc/error_windows.h"
#include "ipc/utf16.h"
#include "resource_modules/process/command_line.h"

namespace resource_broker::broker {
namespace {

// How long start and stop wait for the service.
constexpr absl::Duration kChangeLimit = absl::Seconds(90);
// How long Windows waits for it when the machine shuts down.
constexpr DWORD kPreshutdownMs = 120000;

class ServiceHandle {
 public:
  explicit ServiceHandle(SC_HANDLE handle) : handle_(handle) {}
  ServiceHandle(ServiceHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  ServiceHandle& operator=(ServiceHandle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~ServiceHandle() {
    if (handle_ != nullptr) CloseServiceHandle(handle_);
  }
  SC_HANDLE get() const { return handle_; }
  bool valid() const { return handle_ != nullptr; }

 private:
  SC_HANDLE handle_;
};

int Fail(const absl::Status& status) {
  fprintf(stderr, "resource_broker: %s\n", std::string(status.message()).c_str());
  return kExitFailed;
}

absl::StatusOr<ServiceHandle> OpenManager(DWORD access) {
  ServiceHandle manager(OpenSCManagerW(nullptr, nullptr, access));
  if (!manager.valid()) return ipc::LastWindowsError("OpenSCManagerW");
  return manager;
}

// NotFound where it is not installed.
absl::StatusOr<ServiceHandle> OpenInstalled(DWORD access) {
  absl::StatusOr<ServiceHandle> manager = OpenManager(SC_MANAGER_CONNECT);
  if (!manager.ok()) return manager.status();
  ServiceHandle service(OpenServiceW(manager->get(), kServiceName, access));
  if (service.valid()) return service;
  if (GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST) return absl::NotFoundError("the service is not installed");
  return ipc::LastWindowsError("OpenServiceW");
}

absl::StatusOr<SERVICE_STATUS_PROCESS> Query(const ServiceHandle& service) {
  SERVICE_STATUS_PROCESS status = {};
  DWORD needed = 0;
  if (!QueryServiceStatusEx(service.get(), SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE*>(&status), sizeof(status),
                            &needed)) {
    return ipc::LastWindowsError("QueryServiceStatusEx");
  }
  return status;
}

const char* StateName(DWORD state) {
  switch (state) {
    case SERVICE_STOPPED:
      return "STOPPED";
    case SERVICE_START_PENDING:
      return "START_PENDING";
    case SERVICE_STOP_PENDING:
      return "STOP_PENDING";
    case SERVICE_RUNNING:
      return "RUNNING";
    default:
      return "UNKNOWN";
  }
}

void CALLBACK OnChange(void* notify) { static_cast<SERVICE_NOTIFYW*>(notify)->pContext = nullptr; }

// Waits until the service is in `wanted`. A start that ends in STOPPED is an error that names its exit code.
absl::Status WaitFor(const ServiceHandle& service, DWORD wanted) {
  const absl::Time deadline = absl::Now() + kChangeLimit;
  while (true) {
    const absl::StatusOr<SERVICE_STATUS_PROCESS> status = Query(service);
    if (!status.ok()) return status.status();
    if (status->dwCurrentState == wanted) return absl::OkStatus();
    if (status->dwCurrentState == SERVICE_STOPPED) {
      const bool own = status->dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR;
      return absl::UnavailableError(absl::StrCat("the service ended with code ",
                                                 own ? status->dwServiceSpecificExitCode : status->dwWin32ExitCode,
                                                 "; its log says why"));
    }
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError(absl::StrCat("the service is still ", StateName(status->dwCurrentState)));
    }
    // Told of the next change by a call on this thread, while it sleeps. A change since the query is told at once.
    SERVICE_NOTIFYW notify = {};
    notify.dwVersion = SERVICE_NOTIFY_STATUS_CHANGE;
    notify.pfnNotifyCallback = OnChange;
    notify.pContext = &notify;
    const DWORD mask = SERVICE_NOTIFY_RUNNING | SERVICE_NOTIFY_STOPPED;
    if (const DWORD error = NotifyServiceStatusChangeW(service.get(), mask, &notify); error != ERROR_SUCCESS) {
      return ipc::WindowsError(error, "NotifyServiceStatusChangeW");
    }
    SleepEx(static_cast<DWORD>(absl::ToInt64Milliseconds(left) + 1), TRUE);
    // Where nobody called, the caller's handle is closed before `notify` goes: the process ends with this error.
    if (notify.pContext != nullptr) {
      fprintf(stderr, "resource_broker: the service has not changed its state in time\n");
      EndProcess(kExitFailed);
    }
  }
}

// Settings beyond CreateService. A system that lacks one is told of, and goes without it.
void Configure(const ServiceHandle& service) {
  const auto change = [&service](DWORD level, void* info, const char* what) {
    if (ChangeServiceConfig2W(service.get(), level, info)) return;
    fprintf(stderr, "resource_broker: %s is not set: %s\n", what,
            std::string(ipc::LastWindowsError("ChangeServiceConfig2W").message()).c_str());
  };
  std::wstring text = kServiceDescription;
  SERVICE_DESCRIPTIONW description = {text.data()};
  change(SERVICE_CONFIG_DESCRIPTION, &description, "the description");
  SERVICE_DELAYED_AUTO_START_INFO delayed = {TRUE};
  change(SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed, "the delayed start");
  SERVICE_PRESHUTDOWN_INFO preshutdown = {kPreshutdownMs};
  change(SERVICE_CONFIG_PRESHUTDOWN_INFO, &preshutdown, "the time for a shutdown");
  std::array<SC_ACTION, 3> actions = {SC_ACTION{SC_ACTION_RESTART, 1000}, SC_ACTION{SC_ACTION_RESTART, 5000},
                                      SC_ACTION{SC_ACTION_RESTART, 60000}};
  SERVICE_FAILURE_ACTIONSW failures = {};
  failures.dwResetPeriod = 24 * 3600;
  failures.cActions = static_cast<DWORD>(actions.size());
  failures.lpsaActions = actions.data();
  change(SERVICE_CONFIG_FAILURE_ACTIONS, &failures, "the restart after a crash");
}

absl::Status StartAndWait(const ServiceHandle& service) {
  if (!StartServiceW(service.get(), 0, nullptr) && GetLastError() != ERROR_SERVICE_ALREADY_RUNNING) {
    return ipc::LastWindowsError("StartServiceW");
  }
  return WaitFor(service, SERVICE_RUNNING);
}

absl::Status StopAndWait(const ServiceHandle& service) {
  SERVICE_STATUS status = {};
  if (!ControlService(service.get(), SERVICE_CONTROL_STOP, &status)) {
    if (GetLastError() == ERROR_SERVICE_NOT_ACTIVE) return absl::OkStatus();
    // One that is stopping already takes no further control.
    if (GetLastError() != ERROR_SERVICE_CANNOT_ACCEPT_CTRL) return ipc::LastWindowsError("ControlService");
  }
  return WaitFor(service, SERVICE_STOPPED);
}

}  // namespace

int InstallService(const std::filesystem::path& config_file, bool start) {
  std::vector<std::string> arguments = {"run", "--service"};
  if (!config_file.empty()) {
    // A configuration that is wrong is better found now than at the next start of the machine.
    if (const auto config = LoadConfig(config_file); !config.ok()) {
      Fail(config.status());
      return kExitUsage;
    }
    std::error_code error;
    arguments.insert(arguments.end(), {"--config", std::filesystem::absolute(config_file, error).u8string()});
  }
  const std::wstring command = ipc::WideFromUtf8(process::CommandLine(ProgramFile().u8string(), arguments));
  const absl::StatusOr<ServiceHandle> manager = OpenManager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
  if (!manager.ok()) return Fail(manager.status());
  const ServiceHandle service(CreateServiceW(manager->get(), kServiceName, kServiceDisplayName, SERVICE_ALL_ACCESS,
                                             SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                                             command.c_str(), nullptr, nullptr, nullptr, nullptr, nullptr));
  if (!service.valid()) return Fail(ipc::LastWindowsError("CreateServiceW"));
  Configure(service);
  printf("The service ResourceBroker is installed: %s\n", ipc::Utf8FromWide(command).c_str());
  if (!start) return kExitOk;
  if (absl::Status status = StartAndWait(service); !status.ok()) return Fail(status);
  printf("It runs.\n");
  return kExitOk;
}

int UninstallService() {
  const absl::StatusOr<ServiceHandle> service = OpenInstalled(SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE);
  if (!service.ok()) return Fail(service.status());
  if (absl::Status status = StopAndWait(*service); !status.ok()) return Fail(status);
  if (!DeleteService(service->get())) return Fail(ipc::LastWindowsError("DeleteService"));
  printf("The service ResourceBroker is removed.\n");
  return kExitOk;
}

int StartInstalledService() {
  const absl::StatusOr<ServiceHandle> service = OpenInstalled(SERVICE_START | SERVICE_QUERY_STATUS);
  if (!service.ok()) return Fail(service.status());
  if (absl::Status status = StartAndWait(*service); !status.ok()) return Fail(status);
  printf("The service ResourceBroker runs.\n");
  return kExitOk;
}

int StopInstalledService() {
  const absl::StatusOr<ServiceHandle> service = OpenInstalled(SERVICE_STOP | SERVICE_QUERY_STATUS);
  if (!service.ok()) return Fail(service.status());
  if (absl::Status status = StopAndWait(*service); !status.ok()) return Fail(status);
  printf("The service ResourceBroker has stopped.\n");
  return kExitOk;
}

int ShowServiceStatus() {
  const absl::StatusOr<ServiceHandle> service = OpenInstalled(SERVICE_QUERY_STATUS);
  if (absl::IsNotFound(service.status())) {
    printf("ResourceBroker: not installed\n");
    return kExitNotInstalled;
  }
  if (!service.ok()) return Fail(service.status());
  const absl::StatusOr<SERVICE_STATUS_PROCESS> status = Query(*service);
  if (!status.ok()) return Fail(status.status());
  printf("ResourceBroker: %s", StateName(status->dwCurrentState));
  if (status->dwProcessId != 0) printf(", process %lu", static_cast<unsigned long>(status->dwProcessId));
  printf("\n");
  return status->dwCurrentState == SERVICE_RUNNING ? kExitOk : kExitStopped;
}

}  // namespace resource_broker::broker
