// Waiting for a service to become what it was asked to be.
#pragma once

#include <chrono>

#include "absl/status/statusor.h"
#include "resource_modules/generic_service/checkpoint_watch.h"
#include "resource_modules/generic_service/service.h"
#include "resource_modules/sdk/operation.h"

namespace resource_broker::generic_service {

struct Transition {
  ServiceState wanted = ServiceState::kRunning;
  std::chrono::steady_clock::time_point deadline;
  CheckpointWatch::Bounds bounds;
};

// Waits until the service is in the wanted state, and reports each state and checkpoint on the way to the operation. A
// service that was to run and stops gives that status. Errors: Cancelled if the operation was; 1053 if the service
// makes no headway; 1460 at the deadline; those of Service::Query.
absl::StatusOr<ServiceStatus> Await(Service& service, const Transition& transition, sdk::Operation& operation);

}  // namespace resource_broker::generic_service
