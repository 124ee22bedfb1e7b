#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ipc/error_windows.h"
#include "ipc/unique_handle_windows.h"
#include "ipc/utf16.h"
#include "resource_modules/generic_service/service.h"
#include "resource_modules/sdk/result.h"

namespace resource_broker::generic_service {
namespace {

using ipc::UniqueHandle;
using std::chrono::milliseconds;

// The most EnumDependentServices gives: more than this is unheard of.
constexpr DWORD kMaxDependentsBytes = 256 << 10;

absl::Status Error(DWORD code, const std::string& what) {
  return sdk::Win32Error(code, ipc::WindowsError(code, what).message());
}

ServiceState FromWindows(DWORD state) {
  switch (state) {
    case SERVICE_START_PENDING:
      return ServiceState::kStartPending;
    case SERVICE_STOP_PENDING:
      return ServiceState::kStopPending;
    case SERVICE_RUNNING:
      return ServiceState::kRunning;
    case SERVICE_CONTINUE_PENDING:
      return ServiceState::kContinuePending;
    case SERVICE_PAUSE_PENDING:
      return ServiceState::kPausePending;
    case SERVICE_PAUSED:
      return ServiceState::kPaused;
    default:
      return ServiceState::kStopped;
  }
}

DWORD NotificationFor(ServiceState state) {
  switch (state) {
    case ServiceState::kStopped:
      return SERVICE_NOTIFY_STOPPED;
    case ServiceState::kStartPending:
      return SERVICE_NOTIFY_START_PENDING;
    case ServiceState::kStopPending:
      return SERVICE_NOTIFY_STOP_PENDING;
    case ServiceState::kRunning:
      return SERVICE_NOTIFY_RUNNING;
    case ServiceState::kContinuePending:
      return SERVICE_NOTIFY_CONTINUE_PENDING;
    case ServiceState::kPausePending:
      return SERVICE_NOTIFY_PAUSE_PENDING;
    case ServiceState::kPaused:
      return SERVICE_NOTIFY_PAUSED;
  }
  return 0;
}

constexpr DWORD kAllNotifications =
    SERVICE_NOTIFY_STOPPED | SERVICE_NOTIFY_START_PENDING | SERVICE_NOTIFY_STOP_PENDING | SERVICE_NOTIFY_RUNNING |
    SERVICE_NOTIFY_CONTINUE_PENDING | SERVICE_NOTIFY_PAUSE_PENDING | SERVICE_NOTIFY_PAUSED;

// A handle of the service manager.
class ScHandle {
 public:
  ScHandle() = default;
  explicit ScHandle(SC_HANDLE handle) : handle_(handle) {}
  ScHandle(ScHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  ScHandle& operator=(ScHandle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~ScHandle() {
    if (handle_ != nullptr) CloseServiceHandle(handle_);
  }
  SC_HANDLE get() const { return handle_; }
  bool valid() const { return handle_ != nullptr; }

 private:
  SC_HANDLE handle_ = nullptr;
};

class WindowsService final : public Service {
 public:
  explicit WindowsService(std::string name) : name_(std::move(name)) {}

  ~WindowsService() override {
    // Closing the service takes the notification back; one that has been queued already is received here.
    service_ = ScHandle();
    if (registered_) SleepEx(0, TRUE);
  }

  absl::Status OpenHandles() {
    manager_ = ScHandle(OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
    if (!manager_.valid()) return LastError("OpenSCManager");
    service_ = ScHandle(OpenServiceW(
        manager_.get(), ipc::WideFromUtf8(name_).c_str(),
        SERVICE_QUERY_STATUS | SERVICE_START | SERVICE_STOP | SERVICE_PAUSE_CONTINUE | SERVICE_ENUMERATE_DEPENDENTS));
    if (!service_.valid()) return LastError("OpenService");
    wake_ = UniqueHandle(CreateEventW(nullptr, FALSE, FALSE, nullptr));
    if (!wake_.valid()) return LastError("CreateEvent");
    return absl::OkStatus();
  }

  absl::StatusOr<ServiceStatus> Query() override {
    SERVICE_STATUS_PROCESS raw = {};
    DWORD size = 0;
    if (QueryServiceStatusEx(service_.get(), SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE*>(&raw), sizeof(raw),
                             &size) == 0) {
      return LastError("QueryServiceStatusEx");
    }
    ServiceStatus status;
    status.state = FromWindows(raw.dwCurrentState);
    status.checkpoint = raw.dwCheckPoint;
    status.wait_hint = milliseconds(raw.dwWaitHint);
    status.win32_exit_code = raw.dwWin32ExitCode;
    status.service_exit_code = raw.dwServiceSpecificExitCode;
    status.process_id = raw.dwProcessId;
    status.owns_process = (raw.dwServiceType & SERVICE_WIN32_OWN_PROCESS) != 0;
    last_state_ = status.state;
    // We may know before the service manager that the process has ended (Wine's learns it at the next start only).
    if (status.owns_process && status.state != ServiceState::kStopped && ProcessEnded(status)) {
      status.state = ServiceState::kStopped;
      if (status.win32_exit_code == ERROR_SUCCESS) status.win32_exit_code = ERROR_PROCESS_ABORTED;
    }
    return status;
  }

  absl::Status Start(const std::vector<std::string>& parameters) override {
    std::vector<std::wstring> wide;
    for (const std::string& parameter : parameters) wide.push_back(ipc::WideFromUtf8(parameter));
    std::vector<const wchar_t*> pointers;
    for (const std::wstring& parameter : wide) pointers.push_back(parameter.c_str());
    if (StartServiceW(service_.get(), static_cast<DWORD>(pointers.size()),
                      pointers.empty() ? nullptr : pointers.data()) == 0) {
      return LastError("StartService");
    }
    return absl::OkStatus();
  }

  absl::Status Stop() override { return Control(SERVICE_CONTROL_STOP, "stop"); }
  absl::Status Continue() override { return Control(SERVICE_CONTROL_CONTINUE, "continue"); }

  absl::StatusOr<std::vector<std::string>> RunningDependents() override {
    std::vector<BYTE> memory;
    DWORD needed = 0;
    DWORD count = 0;
    while (EnumDependentServicesW(service_.get(), SERVICE_ACTIVE,
                                  reinterpret_cast<ENUM_SERVICE_STATUSW*>(memory.data()),
                                  static_cast<DWORD>(memory.size()), &needed, &count) == 0) {
      if (GetLastError() != ERROR_MORE_DATA || needed <= memory.size() || needed > kMaxDependentsBytes) {
        return LastError("EnumDependentServices");
      }
      memory.resize(needed);
    }
    // The last started comes first.
    std::vector<std::string> names;
    auto* services = reinterpret_cast<const ENUM_SERVICE_STATUSW*>(memory.data());
    for (DWORD i = 0; i < count; ++i) names.push_back(ipc::Utf8FromWide(services[i].lpServiceName));
    return names;
  }

  // A change of state wakes us; checkpoints do not, so the caller looks again after `timeout` in any case.
  void WaitForChange(milliseconds timeout) override {
    if (!registered_) {
      notify_ = {};
      notify_.dwVersion = SERVICE_NOTIFY_STATUS_CHANGE;
      notify_.pfnNotifyCallback = &WindowsService::OnNotified;
      notify_.pContext = this;
      // Not of the state it is in, of which we would be told at once.
      DWORD wanted = kAllNotifications & ~NotificationFor(last_state_);
      registered_ = NotifyServiceStatusChangeW(service_.get(), wanted, &notify_) == ERROR_SUCCESS;
    }
    WaitForSingleObjectEx(wake_.get(), static_cast<DWORD>(timeout.count()), TRUE);
  }

  void Wake() override { SetEvent(wake_.get()); }

  bool ProcessRuns(const ServiceStatus& status) override { return !ProcessEnded(status); }

  bool WaitForProcessEnd(const ServiceStatus& status, milliseconds timeout) override {
    return !OpenProcessOf(status) ||
           WaitForSingleObject(process_.get(), static_cast<DWORD>(timeout.count())) == WAIT_OBJECT_0;
  }

  absl::Status KillProcess(const ServiceStatus& status) override {
    if (!OpenProcessOf(status))
      return Error(ERROR_ACCESS_DENIED, absl::StrCat(name_, ": open process ", status.process_id));
    if (TerminateProcess(process_.get(), ERROR_PROCESS_ABORTED) == 0 &&
        WaitForSingleObject(process_.get(), 0) != WAIT_OBJECT_0) {
      return LastError("TerminateProcess");
    }
    return absl::OkStatus();
  }

 private:
  // On the thread that waits, while it waits.
  static void CALLBACK OnNotified(void* parameter) {
    auto* notify = static_cast<SERVICE_NOTIFYW*>(parameter);
    static_cast<WindowsService*>(notify->pContext)->registered_ = false;
  }

  absl::Status LastError(const std::string& call) const {
    return Error(GetLastError(), absl::StrCat("service ", name_, ": ", call));
  }

  absl::Status Control(DWORD control, const std::string& what) {
    SERVICE_STATUS ignored = {};
    if (ControlService(service_.get(), control, &ignored) == 0) return LastError("ControlService " + what);
    return absl::OkStatus();
  }

  // If it may not be opened, the service manager's word is all there is.
  bool ProcessEnded(const ServiceStatus& status) {
    if (status.process_id == 0) return false;
    if (!OpenProcessOf(status)) return GetLastError() == ERROR_INVALID_PARAMETER;
    return WaitForSingleObject(process_.get(), 0) == WAIT_OBJECT_0;
  }

  // Opened while it is certainly this service's: later its number may be another's.
  bool OpenProcessOf(const ServiceStatus& status) {
    if (status.process_id == 0) return false;
    if (process_id_ != status.process_id) {
      process_ = UniqueHandle(OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, status.process_id));
      process_id_ = process_.valid() ? status.process_id : 0;
    }
    return process_.valid();
  }

  const std::string name_;
  ScHandle manager_;
  ScHandle service_;
  UniqueHandle wake_;
  SERVICE_NOTIFYW notify_ = {};
  bool registered_ = false;
  ServiceState last_state_ = ServiceState::kStopped;
  UniqueHandle process_;
  uint32_t process_id_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Service>> Service::Open(const std::string& name) {
  auto service = std::make_unique<WindowsService>(name);
  absl::Status opened = service->OpenHandles();
  if (!opened.ok()) return opened;
  return service;
}

}  // namespace resource_broker::generic_service
