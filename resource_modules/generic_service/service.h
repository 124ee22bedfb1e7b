// A service of the operating system: a Windows service, or a systemd unit.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace resource_broker::generic_service {

// As Windows has it. A unit is never paused.
enum class ServiceState { kStopped, kStartPending, kStopPending, kRunning, kContinuePending, kPausePending, kPaused };

// "stopped", "start pending", …
std::string ToString(ServiceState state);

struct ServiceStatus {
  ServiceState state = ServiceState::kStopped;
  // While it is pending: the service's own count of steps, and how long it says the next one takes. 0: it does not say.
  uint32_t checkpoint = 0;
  std::chrono::milliseconds wait_hint{0};
  // Why it stopped: a Win32 code, or 1066 (ERROR_SERVICE_SPECIFIC_ERROR) and the service's own code. Natively 1067 for
  // a unit that failed.
  uint32_t win32_exit_code = 0;
  uint32_t service_exit_code = 0;
  // 0: it has none.
  uint32_t process_id = 0;
  // Whether no other service lives in that process.
  bool owns_process = false;
};

// Errors carry the system's Win32 code (sdk::Win32CodeOf) and name the service and the call: 1060 there is no such
// service, 1062 it does not run, 1056 it runs already, 1061 it takes no requests now, 1051 others depend on it, 5 …
// Used by one thread, but for Wake.
class Service {
 public:
  // Unimplemented (50) natively where systemd does not run.
  static absl::StatusOr<std::unique_ptr<Service>> Open(const std::string& name);
  virtual ~Service() = default;

  virtual absl::StatusOr<ServiceStatus> Query() = 0;

  // These begin it; Query tells how it goes.
  virtual absl::Status Start(const std::vector<std::string>& parameters) = 0;
  virtual absl::Status Stop() = 0;
  virtual absl::Status Continue() = 0;

  // The services that need this one and do not stand still, in the order in which they are to be stopped.
  virtual absl::StatusOr<std::vector<std::string>> RunningDependents() = 0;

  // Waits until the service's state may have changed, it was woken, or `timeout` is over.
  virtual void WaitForChange(std::chrono::milliseconds timeout) = 0;
  virtual void Wake() = 0;

  // The process of `status`: whether it runs; wait for its end; end it. Once it is known to have ended, another with
  // its id does not count. An error says that the system does not let us.
  virtual bool ProcessRuns(const ServiceStatus& status) = 0;
  virtual bool WaitForProcessEnd(const ServiceStatus& status, std::chrono::milliseconds timeout) = 0;
  virtual absl::Status KillProcess(const ServiceStatus& status) = 0;
};

}  // namespace resource_broker::generic_service
