#include "broker_service/host/service_control_windows.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "broker_service/deadline.h"
#include "broker_service/host/command_line.h"
#include "broker_service/host/service_names_windows.h"
#include "ipc/end_process.h"
#include "ipc/error_windows.h"

namespace resource_broker::broker {
namespace {

void CALLBACK OnChange(void* notify) { static_cast<SERVICE_NOTIFYW*>(notify)->pContext = nullptr; }

}  // namespace

absl::StatusOr<ServiceHandle> OpenManager(DWORD access) {
  ServiceHandle manager(OpenSCManagerW(nullptr, nullptr, access));
  if (!manager.valid()) return ipc::LastWindowsError("OpenSCManagerW");
  return manager;
}

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

const char* ServiceStateName(DWORD state) {
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

absl::Status WaitFor(const ServiceHandle& service, DWORD wanted, absl::Duration limit) {
  const Deadline deadline(limit);
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
    const absl::Duration left = deadline.left();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError(
          absl::StrCat("the service is still ", ServiceStateName(status->dwCurrentState)));
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
      ipc::EndProcess(kExitFailed);
    }
  }
}

absl::Status StartAndWait(const ServiceHandle& service, absl::Duration limit) {
  if (!StartServiceW(service.get(), 0, nullptr) && GetLastError() != ERROR_SERVICE_ALREADY_RUNNING) {
    return ipc::LastWindowsError("StartServiceW");
  }
  return WaitFor(service, SERVICE_RUNNING, limit);
}

absl::Status StopAndWait(const ServiceHandle& service, absl::Duration limit) {
  SERVICE_STATUS status = {};
  if (!ControlService(service.get(), SERVICE_CONTROL_STOP, &status)) {
    if (GetLastError() == ERROR_SERVICE_NOT_ACTIVE) return absl::OkStatus();
    // One that is stopping already takes no further control.
    if (GetLastError() != ERROR_SERVICE_CANNOT_ACCEPT_CTRL) return ipc::LastWindowsError("ControlService");
  }
  return WaitFor(service, SERVICE_STOPPED, limit);
}

}  // namespace resource_broker::broker
