// Waiting for a service to get from one state to another, by its own checkpoints.
#pragma once

#include <chrono>

#include "absl/status/status.h"
#include "resource_modules/generic_service/service.h"
#include "resource_modules/sdk/operation.h"

namespace resource_broker::generic_service {

// Follows `service` until it is in `wanted`, and reports every step of it. Its status then; or an error:
//   Cancelled                 the operation is to end early
//   1053                      it asked for a time to its next checkpoint and let it pass
//   1460                      `deadline` has passed
//   its exit code, or 1067    it stopped when it was to start
absl::StatusOr<ServiceStatus> Follow(sdk::Operation& operation, const Service& service, const std::string& name,
                                     ServiceState wanted, std::chrono::steady_clock::time_point deadline);

}  // namespace resource_broker::generic_service
