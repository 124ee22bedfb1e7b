#include "resource_modules/generic_service/generic_service.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "resource_modules/generic_service/start_stop.h"
#include "resource_modules/sdk/log.h"

namespace resource_broker::generic_service {
namespace {

using sdk::Health;
using sdk::Operation;
using sdk::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kDefaultTimeout{120000};
constexpr uint32_t kGeneralFailure = 0;

absl::StatusOr<std::unique_ptr<Service>> OpenService(const sdk::Properties& properties) {
  absl::StatusOr<std::string> name = properties.Text("ServiceName");
  if (!name.ok()) return name.status();
  return Service::Open(*name);
}

}  // namespace

absl::Status GenericService::Open(const sdk::Resource& resource, uint32_t /*open_flags*/) {
  const sdk::Properties& properties = resource.properties;
  absl::Status status = properties.Text("ServiceName").status();
  status.Update(properties.TextList("StartParameters").status());
  status.Update(properties.Milliseconds("TimeoutMs", kDefaultTimeout).status());
  status.Update(properties.Switch("StopDependents", false).status());
  return status;
}

Result GenericService::Online(Operation& operation) {
  absl::StatusOr<std::string> name = operation.properties().Text("ServiceName");
  if (!name.ok()) return Result::Failed(name.status());
  absl::StatusOr<std::vector<std::string>> parameters = operation.properties().TextList("StartParameters");
  if (!parameters.ok()) return Result::Failed(parameters.status());
  absl::StatusOr<steady_clock::time_point> deadline = operation.Deadline("TimeoutMs", kDefaultTimeout);
  if (!deadline.ok()) return Result::Failed(deadline.status());
  absl::StatusOr<std::unique_ptr<Service>> service = Service::Open(*name);
  if (!service.ok()) return Result::Failed(service.status());
  Unwatch(operation.resource_name());
  Result result = StartService(**service, *parameters, *deadline, operation);
  if (result.done()) Watch(operation.resource_name(), *name);
  return result;
}

Result GenericService::Offline(Operation& operation) {
  absl::StatusOr<bool> stop_dependents = operation.properties().Switch("StopDependents", false);
  if (!stop_dependents.ok()) return Result::Failed(stop_dependents.status());
  absl::StatusOr<steady_clock::time_point> deadline = operation.Deadline("TimeoutMs", kDefaultTimeout);
  if (!deadline.ok()) return Result::Failed(deadline.status());
  absl::StatusOr<std::unique_ptr<Service>> service = OpenService(operation.properties());
  if (sdk::Win32CodeOf(service.status()) == win32::kServiceDoesNotExist) {
    operation.Report(100, absl::StrCat(std::string(service.status().message()), "; so it does not run"));
    Unwatch(operation.resource_name());
    return Result::Done();
  }
  if (!service.ok()) return Result::Failed(service.status());

  Unwatch(operation.resource_name());
  StopOptions options;
  options.deadline = *deadline;
  options.stop_dependents = *stop_dependents;
  options.hard = operation.hard();
  Result result = StopService(**service, options, operation);
  // Still online, as far as RHS is told: its end is news again.
  bool still_online = result.proto().outcome() == v1::NOT_NOW || result.proto().outcome() == v1::OUTCOME_CANCELLED;
  absl::StatusOr<std::string> name = operation.properties().Text("ServiceName");
  if (still_online && name.ok()) Watch(operation.resource_name(), *name);
  return result;
}

void GenericService::Terminate(const sdk::Resource& resource) {
  Unwatch(resource.name);
  absl::StatusOr<std::unique_ptr<Service>> service = OpenService(resource.properties);
  absl::Status ended = service.ok() ? EndService(**service) : service.status();
  if (!ended.ok()) sdk::Log(absl::StrCat(resource.name, ": terminate: ", ended.message()));
}

sdk::HealthReport GenericService::CheckHealth(const sdk::Resource& resource, bool thorough) {
  absl::StatusOr<std::unique_ptr<Service>> service = OpenService(resource.properties);
  if (!service.ok()) return {Health::kDead, std::string(service.status().message())};
  absl::StatusOr<ServiceStatus> status = (*service)->Query();
  if (!status.ok()) return {Health::kDead, std::string(status.status().message())};
  if (status->state != ServiceState::kRunning) return {Health::kDead, "the service is " + ToString(status->state)};
  if (thorough && !(*service)->ProcessRuns(*status)) {
    return {Health::kDead,
            absl::StrCat("the service counts as running, but its process ", status->process_id, " does not run")};
  }
  return {Health::kAlive, ""};
}

void GenericService::Close(const sdk::Resource& resource) { Unwatch(resource.name); }

void GenericService::Watch(const std::string& resource, const std::string& name) {
  absl::StatusOr<std::unique_ptr<Service>> service = Service::Open(name);
  if (!service.ok()) {
    sdk::Log(absl::StrCat(resource, ": not watched: ", service.status().message()));
    return;
  }
  auto watch = std::make_unique<ServiceWatch>(*std::move(service), [this, resource, name](const ServiceStatus& status) {
    std::string message = absl::StrCat("service ", name, " stopped by itself, exit code ", status.win32_exit_code);
    SetHealth(resource, Health::kDead, message);
    SignalFailure(resource, kGeneralFailure, status.win32_exit_code, message);
  });
  absl::MutexLock lock(&mutex_);
  watches_[resource] = std::move(watch);
}

void GenericService::Unwatch(const std::string& resource) {
  std::unique_ptr<ServiceWatch> watch;
  absl::MutexLock lock(&mutex_);
  auto found = watches_.find(resource);
  if (found == watches_.end()) return;
  watch = std::move(found->second);
  watches_.erase(found);
}

}  // namespace resource_broker::generic_service
