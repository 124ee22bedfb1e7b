#include <winsock2.h>
// clang-format off
#include <windows.h>
#include <winsvc.h>
// clang-format on

#include <memory>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ipc/utf16.h"
#include "resource_modules/generic_service/service.h"
#include "resource_modules/sdk/result.h"

namespace resource_broker::generic_service {
namespace {

struct CloseService {
  void operator()(SC_HANDLE handle) const { CloseServiceHandle(handle); }
};
using ScHandle = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, CloseService>;

struct CloseAny {
  void operator()(HANDLE handle) const { CloseHandle(handle); }
};
using Handle = std::unique_ptr<std::remove_pointer_t<HANDLE>, CloseAny>;

absl::Status Error(absl::string_view call, const std::string& service, DWORD code) {
  return sdk::Win32Error(code, absl::StrCat(call, " for service \"", service, "\" failed with error ", code));
}

class WindowsProcess : public ServiceProcess {
 public:
  explicit WindowsProcess(Handle process) : process_(std::move(process)) {}
  ~WindowsProcess() override {
    // INVALID_HANDLE_VALUE: waits for a call of the function that is under way.
    if (wait_ != nullptr) UnregisterWaitEx(wait_, INVALID_HANDLE_VALUE);
  }

  bool WaitForExit(std::chrono::milliseconds timeout) const override {
    return WaitForSingleObject(process_.get(), static_cast<DWORD>(timeout.count())) == WAIT_OBJECT_0;
  }

  absl::Status Kill() override {
    if (TerminateProcess(process_.get(), ERROR_PROCESS_ABORTED) || WaitForExit(std::chrono::milliseconds(0))) {
      return absl::OkStatus();
    }
    const DWORD code = GetLastError();
    return sdk::Win32Error(code, absl::StrCat("TerminateProcess of the service's process failed with error ", code));
  }

  void OnExit(std::function<void()> function) override {
    on_exit_ = std::move(function);
    if (!RegisterWaitForSingleObject(&wait_, process_.get(), &WindowsProcess::Ended, this, INFINITE,
                                     WT_EXECUTEONLYONCE)) {
      wait_ = nullptr;
    }
  }

 private:
  static void CALLBACK Ended(void* self, BOOLEAN) { static_cast<WindowsProcess*>(self)->on_exit_(); }

  const Handle process_;
  HANDLE wait_ = nullptr;
  std::function<void()> on_exit_;
};

class WindowsService : public Service {
 public:
  WindowsService(std::string name, ScHandle handle) : name_(std::move(name)), handle_(std::move(handle)) {}

  absl::StatusOr<ServiceStatus> Query() const override {
    SERVICE_STATUS_PROCESS raw{};
    DWORD needed = 0;
    if (!QueryServiceStatusEx(handle_.get(), SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE*>(&raw), sizeof(raw),
                              &needed)) {
      return Error("QueryServiceStatusEx", name_, GetLastError());
    }
    ServiceStatus status;
    status.state = StateOf(raw.dwCurrentState);
    status.checkpoint = raw.dwCheckPoint;
    status.wait_hint = std::chrono::milliseconds(raw.dwWaitHint);
    status.process_id = raw.dwProcessId;
    status.own_process = (raw.dwServiceType & SERVICE_WIN32_OWN_PROCESS) != 0;
    status.exit_code = raw.dwWin32ExitCode;
    status.service_exit_code = raw.dwServiceSpecificExitCode;
    return status;
  }

  absl::Status Start(const std::vector<std::string>& parameters) override {
    std::vector<std::wstring> texts = {ipc::WideFromUtf8(name_)};
    for (const std::string& parameter : parameters) texts.push_back(ipc::WideFromUtf8(parameter));
    std::vector<const wchar_t*> arguments;
    for (const std::wstring& text : texts) arguments.push_back(text.c_str());
    // Without parameters the service gets those it is registered with, and its name by itself.
    const bool none = parameters.empty();
    if (StartServiceW(handle_.get(), none ? 0 : static_cast<DWORD>(arguments.size()),
                      none ? nullptr : arguments.data())) {
      return absl::OkStatus();
    }
    const DWORD code = GetLastError();
    return code == ERROR_SERVICE_ALREADY_RUNNING ? absl::OkStatus() : Error("StartService", name_, code);
  }

  absl::Status RequestStop() override {
    SERVICE_STATUS status{};
    if (ControlService(handle_.get(), SERVICE_CONTROL_STOP, &status)) return absl::OkStatus();
    const DWORD code = GetLastError();
    return code == ERROR_SERVICE_NOT_ACTIVE ? absl::OkStatus() : Error("Stop", name_, code);
  }

  absl::StatusOr<std::vector<std::string>> RunningDependents() const override {
    DWORD needed = 0;
    DWORD count = 0;
    if (EnumDependentServicesW(handle_.get(), SERVICE_ACTIVE, nullptr, 0, &needed, &count)) {
      return std::vector<std::string>();
    }
    if (GetLastError() != ERROR_MORE_DATA) return Error("EnumDependentServices", name_, GetLastError());
    // Entries point into the rest of the buffer; new[] is aligned for them.
    std::vector<std::max_align_t> buffer(needed / sizeof(std::max_align_t) + 1);
    auto* const entries = reinterpret_cast<ENUM_SERVICE_STATUSW*>(buffer.data());
    if (!EnumDependentServicesW(handle_.get(), SERVICE_ACTIVE, entries,
                                static_cast<DWORD>(buffer.size() * sizeof(std::max_align_t)), &needed, &count)) {
      return Error("EnumDependentServices", name_, GetLastError());
    }
    std::vector<std::string> names;
    for (DWORD i = 0; i < count; ++i) names.push_back(ipc::Utf8FromWide(entries[i].lpServiceName));
    return names;
  }

  absl::StatusOr<std::unique_ptr<ServiceProcess>> OpenProcess(uint32_t process_id) const override {
    Handle process(::OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, process_id));
    if (process == nullptr) return Error("OpenProcess", name_, GetLastError());
    return std::make_unique<WindowsProcess>(std::move(process));
  }

 private:
  static ServiceState StateOf(DWORD state) {
    switch (state) {
      case SERVICE_STOPPED:
        return ServiceState::kStopped;
      case SERVICE_START_PENDING:
        return ServiceState::kStartPending;
      case SERVICE_STOP_PENDING:
        return ServiceState::kStopPending;
      case SERVICE_RUNNING:
        return ServiceState::kRunning;
      default:
        return ServiceState::kOther;
    }
  }

  const std::string name_;
  const ScHandle handle_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Service>> Service::Open(const std::string& name) {
  const ScHandle manager(OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
  if (manager == nullptr) return Error("OpenSCManager", name, GetLastError());
  ScHandle service(OpenServiceW(manager.get(), ipc::WideFromUtf8(name).c_str(),
                                SERVICE_QUERY_STATUS | SERVICE_START | SERVICE_STOP | SERVICE_ENUMERATE_DEPENDENTS));
  if (service == nullptr) return Error("OpenService", name, GetLastError());
  return std::make_unique<WindowsService>(name, std::move(service));
}

}  // namespace resource_broker::generic_service
