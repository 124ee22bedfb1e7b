#include "resource_modules/generic_service/generic_service.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "resource_modules/generic_service/transition.h"
#include "resource_modules/sdk/log.h"

namespace resource_broker::generic_service {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kDefaultTimeout{120000};
// Between asking a service to stop and ending its process, where no grace is wanted.
constexpr milliseconds kHardGrace{2000};
// Between the service manager's "stopped" and the end of the process.
constexpr milliseconds kProcessEnd{5000};

struct Target {
  std::string name;
  std::unique_ptr<Service> service;
};

absl::StatusOr<Target> OpenTarget(const sdk::Properties& properties) {
  Target target;
  absl::StatusOr<std::string> name = properties.Text("ServiceName");
  if (!name.ok()) return name.status();
  if (name->empty()) return absl::InvalidArgumentError("property ServiceName is empty");
  target.name = *std::move(name);
  absl::StatusOr<std::unique_ptr<Service>> service = Service::Open(target.name);
  if (!service.ok()) return service.status();
  target.service = *std::move(service);
  return target;
}

// The process of a service that has one for itself; null otherwise, or if it has ended meanwhile.
std::unique_ptr<ServiceProcess> OwnProcess(const Service& service, const ServiceStatus& status) {
  if (status.process_id == 0 || !status.own_process) return nullptr;
  absl::StatusOr<std::unique_ptr<ServiceProcess>> process = service.OpenProcess(status.process_id);
  return process.ok() ? *std::move(process) : nullptr;
}

absl::Status StopDependents(sdk::Operation& operation, const Target& target, Clock::time_point deadline) {
  const absl::StatusOr<std::vector<std::string>> dependents = target.service->RunningDependents();
  if (!dependents.ok()) return dependents.status();
  if (dependents->empty()) return absl::OkStatus();
  const absl::StatusOr<bool> allowed = operation.properties().Switch("StopDependents", false);
  if (!allowed.ok()) return allowed.status();
  if (!*allowed) {
    return sdk::Win32Error(win32::kDependentServicesRunning,
                           absl::StrCat("services that need \"", target.name, "\" still run: ",
                                        absl::StrJoin(*dependents, ", "), "; set StopDependents to 1 to stop them"));
  }
  for (const std::string& name : *dependents) {
    absl::StatusOr<std::unique_ptr<Service>> service = Service::Open(name);
    if (!service.ok()) return service.status();
    if (absl::Status stop = (*service)->RequestStop(); !stop.ok()) return stop;
    const auto stopped = Follow(operation, **service, name, ServiceState::kStopped, deadline);
    if (!stopped.ok()) return stopped.status();
  }
  return absl::OkStatus();
}

sdk::Result StopNow(sdk::Operation& operation, const Target& target, ServiceProcess* process) {
  // Whether it can be asked at all does not matter here.
  const absl::Status asked = target.service->RequestStop();
  operation.Report(asked.ok() ? "asked to stop, without grace"
                              : absl::StrCat(asked.message(), "; its process is ended"));
  const auto stopped =
      Follow(operation, *target.service, target.name, ServiceState::kStopped, Clock::now() + kHardGrace);
  if (stopped.ok() && (process == nullptr || process->WaitForExit(kHardGrace))) return sdk::Result::Done();
  if (process == nullptr) return sdk::Result::Failed(stopped.ok() ? asked : stopped.status());
  if (absl::Status killed = process->Kill(); !killed.ok()) return sdk::Result::Failed(killed);
  operation.Report("its process was ended");
  if (!process->WaitForExit(kProcessEnd)) {
    return sdk::Result::Failed(win32::kTimeout,
                               absl::StrCat("service \"", target.name, "\": its process does not end"));
  }
  return sdk::Result::Done();
}

sdk::Result StopGracefully(sdk::Operation& operation, const Target& target, ServiceProcess* process,
                           Clock::time_point deadline) {
  if (absl::Status status = StopDependents(operation, target, deadline); !status.ok()) {
    return sdk::Result::Failed(status);
  }
  if (absl::Status status = target.service->RequestStop(); !status.ok()) return sdk::Result::Failed(status);
  const auto stopped = Follow(operation, *target.service, target.name, ServiceState::kStopped, deadline);
  if (!stopped.ok()) {
    // A stop cannot be taken back: cancelled in the middle of it, the service is not what it was.
    if (absl::IsCancelled(stopped.status())) {
      const absl::StatusOr<ServiceStatus> now = target.service->Query();
      if (!now.ok() || now->state != ServiceState::kRunning) {
        return sdk::Result::Failed(win32::kCancelled,
                                   absl::StrCat("cancelled while it stopped: ", stopped.status().message()));
      }
    }
    return sdk::Result::Failed(stopped.status());
  }
  if (process != nullptr && !process->WaitForExit(kProcessEnd)) {
    return sdk::Result::Failed(win32::kTimeout,
                               absl::StrCat("service \"", target.name, "\" says stopped, but its process runs on"));
  }
  return sdk::Result::Done();
}

}  // namespace

GenericService::~GenericService() = default;

sdk::Result GenericService::Online(sdk::Operation& operation) {
  absl::StatusOr<Target> target = OpenTarget(operation.properties());
  if (!target.ok()) return sdk::Result::Failed(target.status());
  const absl::StatusOr<Clock::time_point> deadline = operation.Deadline("TimeoutMs", kDefaultTimeout);
  if (!deadline.ok()) return sdk::Result::Failed(deadline.status());
  const absl::StatusOr<std::vector<std::string>> parameters = operation.properties().TextList("StartParameters");
  if (!parameters.ok()) return sdk::Result::Failed(parameters.status());

  absl::StatusOr<ServiceStatus> status = target->service->Query();
  if (status.ok() && status->state == ServiceState::kStopPending) {
    status = Follow(operation, *target->service, target->name, ServiceState::kStopped, *deadline);
  }
  if (!status.ok()) return sdk::Result::Failed(status.status());
  if (status->state != ServiceState::kRunning) {
    if (absl::Status start = target->service->Start(*parameters); !start.ok()) return sdk::Result::Failed(start);
    status = Follow(operation, *target->service, target->name, ServiceState::kRunning, *deadline);
    if (!status.ok()) return sdk::Result::Failed(status.status());
  }
  Watch(operation.resource_name(), target->name, *target->service, *status);
  return sdk::Result::Done();
}

sdk::Result GenericService::Offline(sdk::Operation& operation) {
  const absl::StatusOr<Target> target = OpenTarget(operation.properties());
  if (!target.ok()) return sdk::Result::Failed(target.status());
  const absl::StatusOr<Clock::time_point> deadline = operation.Deadline("TimeoutMs", kDefaultTimeout);
  if (!deadline.ok()) return sdk::Result::Failed(deadline.status());
  const absl::StatusOr<ServiceStatus> status = target->service->Query();
  if (!status.ok()) return sdk::Result::Failed(status.status());
  if (status->state == ServiceState::kStopped) {
    Unwatch(operation.resource_name());
    return sdk::Result::Done();
  }
  if (status->state == ServiceState::kStartPending && !operation.flags().must_not_wait() && !operation.hard()) {
    return sdk::Result::NotNow(sdk::NotNowReason::kBusy, absl::StrCat("service \"", target->name, "\" is starting"));
  }
  const std::unique_ptr<ServiceProcess> process = OwnProcess(*target->service, *status);
  // What happens to the process from here on is wanted.
  Unwatch(operation.resource_name());
  sdk::Result result = operation.hard() ? StopNow(operation, *target, process.get())
                                        : StopGracefully(operation, *target, process.get(), *deadline);
  if (!result.done()) {
    const absl::StatusOr<ServiceStatus> now = target->service->Query();
    if (now.ok() && now->state == ServiceState::kRunning) {
      Watch(operation.resource_name(), target->name, *target->service, *now);
    }
  }
  return result;
}

void GenericService::Terminate(const sdk::Resource& resource) {
  Unwatch(resource.name);
  const absl::StatusOr<Target> target = OpenTarget(resource.properties);
  if (!target.ok()) {
    sdk::Log(absl::StrCat("terminate of \"", resource.name, "\": ", target.status().message()));
    return;
  }
  const absl::StatusOr<ServiceStatus> status = target->service->Query();
  if (!status.ok() || status->state == ServiceState::kStopped) return;
  const std::unique_ptr<ServiceProcess> process = OwnProcess(*target->service, *status);
  // Asked first, so that the service manager does not take the end of the process for a crash and restarts it.
  absl::Status done = target->service->RequestStop();
  if (process != nullptr) {
    done = process->Kill();
    process->WaitForExit(kProcessEnd);
  }
  if (!done.ok()) sdk::Log(absl::StrCat("terminate of \"", resource.name, "\": ", done.message()));
}

sdk::HealthReport GenericService::CheckHealth(const sdk::Resource& resource, bool thorough) {
  const absl::StatusOr<Target> target = OpenTarget(resource.properties);
  if (!target.ok()) return {sdk::Health::kDead, std::string(target.status().message())};
  const absl::StatusOr<ServiceStatus> status = target->service->Query();
  if (!status.ok()) return {sdk::Health::kDead, std::string(status.status().message())};
  if (status->state != ServiceState::kRunning) {
    return {sdk::Health::kDead, absl::StrCat("service \"", target->name, "\" is ", StateText(status->state))};
  }
  // The service manager learns of a crash a moment late.
  if (thorough) {
    const std::unique_ptr<ServiceProcess> process = OwnProcess(*target->service, *status);
    if (process != nullptr && process->WaitForExit(milliseconds(0))) {
      return {sdk::Health::kDead, absl::StrCat("the process of service \"", target->name, "\" has ended")};
    }
  }
  return {};
}

absl::Status GenericService::Open(const sdk::Resource& resource, uint32_t open_flags) {
  return OpenTarget(resource.properties).status();
}

void GenericService::Close(const sdk::Resource& resource) { Unwatch(resource.name); }

void GenericService::Watch(const std::string& resource, const std::string& name, const Service& service,
                           const ServiceStatus& status) {
  Unwatch(resource);
  std::unique_ptr<ServiceProcess> process = OwnProcess(service, status);
  if (process == nullptr) return;
  process->OnExit([this, resource, name] {
    const std::string message = absl::StrCat("the process of service \"", name, "\" has ended by itself");
    SetHealth(resource, sdk::Health::kDead, message);
    SignalFailure(resource, 0, win32::kProcessAborted, message);
  });
  absl::MutexLock lock(&mutex_);
  watched_[resource] = std::move(process);
}

void GenericService::Unwatch(const std::string& resource) {
  std::unique_ptr<ServiceProcess> process;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = watched_.find(resource);
    if (found == watched_.end()) return;
    process = std::move(found->second);
    watched_.erase(found);
  }
  // Its end waits for a callback under way, which must not find the lock taken.
  process.reset();
}

}  // namespace resource_broker::generic_service
