// How a service is brought online, taken offline, and ended.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "resource_modules/generic_service/service.h"
#include "resource_modules/sdk/operation.h"
#include "resource_modules/sdk/result.h"

namespace resource_broker::generic_service {

// Starts it and waits until it runs. One that a cancel interrupts is ended again.
sdk::Result StartService(Service& service, const std::vector<std::string>& parameters,
                         std::chrono::steady_clock::time_point deadline, sdk::Operation& operation);

struct StopOptions {
  std::chrono::steady_clock::time_point deadline;
  // Whether services that need this one are stopped first, rather than a reason to fail.
  bool stop_dependents = false;
  // Whether it is ended if it does not react promptly to the request.
  bool hard = false;
};

// Stops it and waits until it, and its process, have ended.
sdk::Result StopService(Service& service, const StopOptions& options, sdk::Operation& operation);

// Ends it without grace and waits some seconds for its end: kills its process, or, if others share that, asks it to
// stop.
absl::Status EndService(Service& service);

}  // namespace resource_broker::generic_service
