// A service of the system, as its service manager sees it: a Windows service, or a systemd unit.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace resource_broker::generic_service {

enum class ServiceState { kStopped, kStartPending, kStopPending, kRunning, kOther };

// "stopped", "start pending", …
const char* StateText(ServiceState state);

struct ServiceStatus {
  ServiceState state = ServiceState::kOther;
  // The service's own count of steps in a pending state; 0 where the manager does not tell.
  uint32_t checkpoint = 0;
  // How long the service asks to be waited for until its next step; 0 where it does not say.
  std::chrono::milliseconds wait_hint{0};
  // 0: it has no process now.
  uint32_t process_id = 0;
  // Whether no other service shares the process, so that it may be ended.
  bool own_process = false;
  // Of a stopped service: a Win32 code, and the service's own where that is 1066.
  uint32_t exit_code = 0;
  uint32_t service_exit_code = 0;
};

// The process of a running service; holding it keeps its number from being used again.
class ServiceProcess {
 public:
  virtual ~ServiceProcess() = default;
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  // Whether it has ended within `timeout`.
  virtual bool WaitForExit(std::chrono::milliseconds timeout) const = 0;
  virtual absl::Status Kill() = 0;
  // Calls `function` once when it has ended, on a thread of the system's; not after this is destroyed. Must not block,
  // nor destroy this.
  virtual void OnExit(std::function<void()> function) = 0;

 protected:
  ServiceProcess() = default;
};

// Errors carry the Win32 code (sdk::Win32Error) and name the service. Calls go to the service manager and return at
// once; waiting is the caller's. One thread.
class Service {
 public:
  // 1060 if there is none of that name; 50 where no service manager runs.
  static absl::StatusOr<std::unique_ptr<Service>> Open(const std::string& name);

  virtual ~Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  virtual absl::StatusOr<ServiceStatus> Query() const = 0;
  // OK as well if it runs already.
  virtual absl::Status Start(const std::vector<std::string>& parameters) = 0;
  // OK as well if it is stopped already.
  virtual absl::Status RequestStop() = 0;
  // The names of running services that need this one, in the order to stop them.
  virtual absl::StatusOr<std::vector<std::string>> RunningDependents() const = 0;
  virtual absl::StatusOr<std::unique_ptr<ServiceProcess>> OpenProcess(uint32_t process_id) const = 0;

 protected:
  Service() = default;
};

}  // namespace resource_broker::generic_service
