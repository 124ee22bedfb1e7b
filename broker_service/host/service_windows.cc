// Running: in a console, or under the service manager.
#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <atomic>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "broker_service/host/broker.h"
#include "broker_service/host/command_line.h"
#include "broker_service/host/logging.h"
#include "broker_service/host/platform.h"
#include "broker_service/host/service.h"
#include "broker_service/host/service_events_windows.h"
#include "broker_service/host/service_names_windows.h"
#include "broker_service/host/start.h"
#include "broker_service/host/stop_watchdog.h"
#include "broker_service/log.h"
#include "broker_service/steady_time.h"
#include "ipc/end_process.h"
#include "ipc/error_windows.h"

namespace resource_broker::broker {
namespace {

// While starting or stopping, the service manager is told so every second that it goes on, and to wait this long.
constexpr absl::Duration kReportEvery = absl::Seconds(1);
constexpr DWORD kWaitHintMs = 10000;
// While it runs. Not SERVICE_ACCEPT_SHUTDOWN: preshutdown comes before it, and leaves the time it takes.
constexpr DWORD kControls =
    SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN | SERVICE_ACCEPT_POWEREVENT | SERVICE_ACCEPT_SESSIONCHANGE;
// A console that is being closed waits for us no longer than Windows itself does.
constexpr absl::Duration kConsoleClose = absl::Seconds(20);

// What Windows calls us with has no room for an object.
class Run;
std::atomic<Run*> g_run{nullptr};

// One run of the broker and who asks it to stop.
class Run {
 public:
  explicit Run(const RunOptions& options) : options_(options) { g_run = this; }
  ~Run() { g_run = nullptr; }

  enum class End { kStop, kUpgrade };

  void Ask(End end) {
    absl::MutexLock lock(&mu_);
    // The first word counts: the other is on its way already.
    if (!asked_.has_value()) asked_ = end;
  }
  End WaitForEnd() {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](std::optional<End>* asked) { return asked->has_value(); }, &asked_));
    return *asked_;
  }
  void WaitUntilStopped() { stopped_.WaitForNotificationWithTimeout(kConsoleClose); }
  void NoteStopped() { stopped_.Notify(); }

  const RunOptions& options() const { return options_; }
  const v1::BrokerConfig& config() const { return options_.config; }
  absl::Duration stop_limit() const { return absl::Milliseconds(config().timeouts().broker_stop_ms()); }

 private:
  const RunOptions& options_;
  absl::Mutex mu_;
  std::optional<End> asked_ ABSL_GUARDED_BY(mu_);
  absl::Notification stopped_;
};

BOOL WINAPI OnConsole(DWORD event) {
  Run* const run = g_run;
  if (run == nullptr) return FALSE;
  LogInfo("stopping because of console event ", event);
  run->Ask(Run::End::kStop);
  // After the others the process ends as soon as this returns.
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) run->WaitUntilStopped();
  return TRUE;
}

int RunInConsole(Run* run) {
  SetConsoleCtrlHandler(OnConsole, TRUE);
  Broker broker(run->config(), [run] { run->Ask(Run::End::kUpgrade); }, {run->options().config_file});
  if (const int exit_code = StartBroker(run->options(), &broker); exit_code != kExitOk) return exit_code;
  LogInfo("resource_broker ", RESOURCE_BROKER_VERSION, " runs as process ", ProcessId());
  if (run->WaitForEnd() == Run::End::kUpgrade) EndForUpgrade(run->options(), &broker);
  {
    StopWatchdog watchdog(run->stop_limit());
    broker.Stop();
  }
  run->NoteStopped();
  SetConsoleCtrlHandler(OnConsole, FALSE);
  return kExitOk;
}

// Our side of the service manager. Thread-safe.
class ServiceStatus {
 public:
  explicit ServiceStatus(SERVICE_STATUS_HANDLE handle) : handle_(handle) {}

  void Set(DWORD state, int exit_code = 0) {
    absl::MutexLock lock(&mu_);
    state_ = state;
    SERVICE_STATUS status = {};
    status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status.dwCurrentState = state;
    if (state == SERVICE_RUNNING) status.dwControlsAccepted = kControls;
    if (exit_code != 0) {
      status.dwWin32ExitCode = ERROR_SERVICE_SPECIFIC_ERROR;
      status.dwServiceSpecificExitCode = static_cast<DWORD>(exit_code);
    }
    if (state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING) {
      status.dwCheckPoint = ++checkpoint_;
      status.dwWaitHint = kWaitHintMs;
    } else {
      checkpoint_ = 0;
    }
    if (!SetServiceStatus(handle_, &status)) {
      LogError("the service manager takes no status: ", ipc::LastWindowsError("SetServiceStatus").ToString());
    }
  }

  DWORD state() {
    absl::MutexLock lock(&mu_);
    return state_;
  }

 private:
  const SERVICE_STATUS_HANDLE handle_;
  absl::Mutex mu_;
  DWORD state_ ABSL_GUARDED_BY(mu_) = SERVICE_START_PENDING;
  DWORD checkpoint_ ABSL_GUARDED_BY(mu_) = 0;
};

// Reports a pending state again and again while it lives.
class PendingReport {
 public:
  PendingReport(ServiceStatus* status, DWORD state)
      : thread_([this, status, state] {
          do {
            status->Set(state);
          } while (!done_.WaitForNotificationWithTimeout(kReportEvery));
        }) {}
  ~PendingReport() {
    done_.Notify();
    thread_.join();
  }

 private:
  absl::Notification done_;
  std::thread thread_;
};

DWORD WINAPI OnControl(DWORD control, DWORD event_type, void* event_data, void* context) {
  // Windows calls this on one thread.
  static ServiceEvents events;
  Run* const run = g_run;
  switch (control) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_PRESHUTDOWN:
      LogInfo("stopping because ",
              control == SERVICE_CONTROL_STOP ? "of service control " : "the machine shuts down: service control ",
              control);
      if (run != nullptr) run->Ask(Run::End::kStop);
      return NO_ERROR;
    case kEndForUpgradeControl:
      LogInfo("ending for an upgrade because of service control ", control);
      if (run != nullptr) run->Ask(Run::End::kUpgrade);
      return NO_ERROR;
    case SERVICE_CONTROL_POWEREVENT:
      if (const std::string said = events.OnPower(event_type, absl::Now(), SteadyTime()); !said.empty()) LogInfo(said);
      return NO_ERROR;
    case SERVICE_CONTROL_SESSIONCHANGE:
      LogDebug(ServiceEvents::OnSession(event_type, event_data));
      return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
      return NO_ERROR;
    default:
      return ERROR_CALL_NOT_IMPLEMENTED;
  }
}

void WINAPI ServiceMain(DWORD argc, wchar_t** argv) {
  Run* const run = g_run;
  const SERVICE_STATUS_HANDLE handle = RegisterServiceCtrlHandlerExW(kServiceName, OnControl, nullptr);
  if (handle == nullptr || run == nullptr) {
    LogError("the service manager does not know us: ",
             ipc::LastWindowsError("RegisterServiceCtrlHandlerExW").ToString());
    return;
  }
  ServiceStatus service(handle);
  int exit_code = kExitOk;
  {
    // Armed from the first word to stop until the broker is destroyed: either may hang.
    std::optional<StopWatchdog> watchdog;
    // Only a service control ends it for an upgrade: a broker beside the service would not be the service.
    Broker broker(run->config(), nullptr, {run->options().config_file});
    {
      PendingReport report(&service, SERVICE_START_PENDING);
      exit_code = StartBroker(run->options(), &broker);
    }
    if (exit_code == kExitOk) {
      service.Set(SERVICE_RUNNING);
      LogInfo("resource_broker ", RESOURCE_BROKER_VERSION, " runs as a service, process ", ProcessId());
      const Run::End end = run->WaitForEnd();
      // With this code the service manager takes the recovery actions at once.
      watchdog.emplace(run->stop_limit(), [&service] { service.Set(SERVICE_STOPPED, kExitFailed); });
      {
        PendingReport report(&service, SERVICE_STOP_PENDING);
        end == Run::End::kUpgrade ? broker.EndForUpgrade() : broker.Stop();
      }
      if (end == Run::End::kUpgrade) {
        FlushLog();
        service.Set(SERVICE_STOPPED);
        ipc::EndProcess(kExitOk);
      }
    }
  }
  // The process may be ended at any moment after this.
  service.Set(SERVICE_STOPPED, exit_code);
}

// For EndServiceWith; ServiceMain has no room for an argument of ours.
std::atomic<int> g_failure{kExitOk};

void WINAPI FailedServiceMain(DWORD argc, wchar_t** argv) {
  const SERVICE_STATUS_HANDLE handle = RegisterServiceCtrlHandlerExW(kServiceName, OnControl, nullptr);
  if (handle != nullptr) ServiceStatus(handle).Set(SERVICE_STOPPED, g_failure);
}

bool Dispatch(LPSERVICE_MAIN_FUNCTIONW service_main) {
  std::wstring name = kServiceName;
  const SERVICE_TABLE_ENTRYW table[] = {{name.data(), service_main}, {nullptr, nullptr}};
  return StartServiceCtrlDispatcherW(table) != FALSE;
}

int RunAsService() {
  if (Dispatch(ServiceMain)) return kExitOk;
  const absl::Status status = ipc::LastWindowsError("StartServiceCtrlDispatcherW");
  LogError("--service is for the service manager: ", status.ToString());
  printf("resource_broker: --service is for the service manager; leave it out to run in a console\n");
  return kExitUsage;
}

}  // namespace

int EndServiceWith(int exit_code) {
  g_failure = exit_code;
  // In a console nobody is there to be told.
  Dispatch(FailedServiceMain);
  return exit_code;
}

void HoldStopSignals() {}

int RunBroker(const RunOptions& options) {
  Run run(options);
  return options.service ? RunAsService() : RunInConsole(&run);
}

}  // namespace resource_broker::broker
