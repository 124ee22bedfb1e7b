#include "resource_modules/generic_service/start_stop.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "resource_modules/generic_service/transition.h"

namespace resource_broker::generic_service {
namespace {

using sdk::Operation;
using sdk::Result;
using sdk::Win32CodeOf;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr uint32_t kAlreadyRunning = 1056;
constexpr uint32_t kCannotAcceptControl = 1061;
constexpr uint32_t kServiceSpecificError = 1066;

// How long a service without grace has to react to the stop request.
constexpr seconds kPromptly(2);
// From "stopped" to the end of the process.
constexpr seconds kProcessEndTimeout(10);
// For the end of what was killed.
constexpr seconds kKillTimeout(3);
// Between two stop requests to a service that takes none just now.
constexpr milliseconds kAskAgain(500);

Result StoppedInsteadOfRunning(const ServiceStatus& status) {
  uint32_t code = status.win32_exit_code;
  if (code == kServiceSpecificError) {
    return Result::Failed(code, absl::StrCat("the service stopped with its own error ", status.service_exit_code),
                          status.service_exit_code);
  }
  return Result::Failed(code == 0 ? win32::kProcessAborted : code,
                        absl::StrCat("the service stopped instead of running, exit code ", code));
}

// The process's end after the service's.
void EndProcess(Service& service, const ServiceStatus& running, Operation& operation) {
  if (!running.owns_process || service.WaitForProcessEnd(running, milliseconds(0))) return;
  operation.Report(absl::StrCat("stopped; waiting for its process ", running.process_id));
  if (service.WaitForProcessEnd(running, kProcessEndTimeout)) return;
  operation.Report(absl::StrCat("process ", running.process_id, " lingers; ending it"));
  absl::Status killed = service.KillProcess(running);
  if (!killed.ok()) operation.Report(killed.message());
  service.WaitForProcessEnd(running, kKillTimeout);
}

// Sends the stop request; again while the service takes none, until `until`.
absl::Status RequestStop(Service& service, steady_clock::time_point until, Operation& operation) {
  auto wake = operation.OnCancel([&] { service.Wake(); });
  while (true) {
    absl::Status stopped = service.Stop();
    if (stopped.ok() || Win32CodeOf(stopped) == win32::kServiceNotActive) return absl::OkStatus();
    absl::StatusOr<ServiceStatus> status = service.Query();
    if (status.ok() && status->state == ServiceState::kStopPending) return absl::OkStatus();
    if (Win32CodeOf(stopped) != kCannotAcceptControl || steady_clock::now() >= until) return stopped;
    if (operation.cancelled()) return absl::CancelledError("cancelled before the service took the stop request");
    operation.Report("the service takes no requests now; asking again");
    service.WaitForChange(kAskAgain);
  }
}

// Sends the start request; again, until `until`, while the service manager has not yet noticed the end of a process.
absl::Status RequestStart(Service& service, const std::vector<std::string>& parameters,
                          steady_clock::time_point until) {
  while (true) {
    absl::Status started = service.Start(parameters);
    if (Win32CodeOf(started) != kAlreadyRunning) return started;
    absl::StatusOr<ServiceStatus> status = service.Query();
    bool ended = status.ok() && status->state == ServiceState::kStopped;
    if (!ended || steady_clock::now() >= until) return absl::OkStatus();
    service.WaitForChange(kAskAgain);
  }
}

// Dependents first: nullopt if the service itself may stop now.
std::optional<Result> StopDependents(Service& service, const StopOptions& options, Operation& operation) {
  absl::StatusOr<std::vector<std::string>> dependents = service.RunningDependents();
  if (!dependents.ok()) return Result::Failed(dependents.status());
  if (dependents->empty()) return std::nullopt;
  std::string names = absl::StrJoin(*dependents, ", ");
  if (!options.stop_dependents) {
    return Result::Failed(win32::kDependentServicesRunning,
                          absl::StrCat("other services need it and run: ", names, " (property StopDependents is 0)"));
  }
  operation.Report(absl::StrCat("stopping the services that need it: ", names));
  for (const std::string& name : *dependents) {
    absl::StatusOr<std::unique_ptr<Service>> dependent = Service::Open(name);
    if (!dependent.ok()) return Result::Failed(dependent.status());
    operation.Report("stopping " + name);
    absl::Status requested = RequestStop(**dependent, options.deadline, operation);
    if (!requested.ok()) return Result::Failed(requested);
    Transition transition;
    transition.wanted = ServiceState::kStopped;
    transition.deadline = options.deadline;
    absl::StatusOr<ServiceStatus> status = Await(**dependent, transition, operation);
    if (!status.ok()) return Result::Failed(status.status());
  }
  return std::nullopt;
}

Result StopHard(Service& service, const ServiceStatus& running, Operation& operation) {
  operation.Report("no grace is wanted: stop request, then the process is ended");
  absl::Status requested = service.Stop();
  if (!requested.ok()) operation.Report(requested.message());
  Transition transition;
  transition.wanted = ServiceState::kStopped;
  transition.deadline = steady_clock::now() + kPromptly;
  absl::StatusOr<ServiceStatus> status = Await(service, transition, operation);
  if (status.ok() && (!running.owns_process || service.WaitForProcessEnd(running, kPromptly))) return Result::Done();
  operation.Report("it does not react promptly");
  absl::Status ended = EndService(service);
  return ended.ok() ? Result::Done() : Result::Failed(ended);
}

}  // namespace

Result StartService(Service& service, const std::vector<std::string>& parameters, steady_clock::time_point deadline,
                    Operation& operation) {
  Transition transition;
  transition.deadline = deadline;
  absl::StatusOr<ServiceStatus> status = service.Query();
  if (status.ok() && status->state == ServiceState::kStopPending) {
    transition.wanted = ServiceState::kStopped;
    status = Await(service, transition, operation);
    transition.wanted = ServiceState::kRunning;
  }
  if (!status.ok()) return Result::Failed(status.status());
  absl::Status requested;
  if (status->state == ServiceState::kStopped) {
    operation.Report("starting the service");
    requested = RequestStart(service, parameters, std::min(deadline, steady_clock::now() + kKillTimeout));
  } else if (status->state == ServiceState::kPaused) {
    operation.Report("the service is paused; continuing it");
    requested = service.Continue();
  }
  if (!requested.ok()) return Result::Failed(requested);

  status = Await(service, transition, operation);
  if (absl::IsCancelled(status.status())) {
    absl::Status ended = EndService(service);
    return ended.ok() ? Result::Cancelled("cancelled; the service was ended again") : Result::Failed(ended);
  }
  if (!status.ok()) return Result::Failed(status.status());
  if (status->state == ServiceState::kRunning) return Result::Done();
  return StoppedInsteadOfRunning(*status);
}

Result StopService(Service& service, const StopOptions& options, Operation& operation) {
  absl::StatusOr<ServiceStatus> before = service.Query();
  if (!before.ok()) return Result::Failed(before.status());
  if (before->state == ServiceState::kStopped) {
    operation.Report(100, "the service does not run");
    return Result::Done();
  }
  if (options.hard) return StopHard(service, *before, operation);
  bool starting = before->state == ServiceState::kStartPending || before->state == ServiceState::kContinuePending ||
                  before->state == ServiceState::kPausePending;
  if (starting && !operation.flags().must_not_wait()) {
    return Result::NotNow(sdk::NotNowReason::kBusy, absl::StrCat("the service is ", ToString(before->state)));
  }
  if (before->state != ServiceState::kStopPending) {
    if (std::optional<Result> result = StopDependents(service, options, operation)) return *result;
    operation.Report("stopping the service");
    absl::Status requested = RequestStop(service, options.deadline, operation);
    if (!requested.ok()) return Result::Failed(requested);
  }
  Transition transition;
  transition.wanted = ServiceState::kStopped;
  transition.deadline = options.deadline;
  absl::StatusOr<ServiceStatus> status = Await(service, transition, operation);
  if (!status.ok()) return Result::Failed(status.status());
  EndProcess(service, *before, operation);
  return Result::Done();
}

absl::Status EndService(Service& service) {
  absl::StatusOr<ServiceStatus> status = service.Query();
  if (!status.ok()) return status.status();
  if (status->state == ServiceState::kStopped) return absl::OkStatus();
  if (status->owns_process && status->process_id != 0) {
    absl::Status killed = service.KillProcess(*status);
    if (!killed.ok()) return killed;
    if (service.WaitForProcessEnd(*status, kKillTimeout)) return absl::OkStatus();
    return sdk::Win32Error(win32::kTimeout, absl::StrCat("process ", status->process_id, " does not end"));
  }
  absl::Status requested = service.Stop();
  if (Win32CodeOf(requested) == win32::kServiceNotActive) return absl::OkStatus();
  if (!requested.ok()) return requested;
  for (auto deadline = steady_clock::now() + kKillTimeout; steady_clock::now() < deadline;) {
    status = service.Query();
    if (!status.ok()) return status.status();
    if (status->state == ServiceState::kStopped) return absl::OkStatus();
    service.WaitForChange(kAskAgain);
  }
  return sdk::Win32Error(win32::kTimeout, "the service does not stop, and its process is not its own");
}

}  // namespace resource_broker::generic_service
