// A resource that is a service: online while the service runs.
//
// Properties:
//   ServiceName       required: the service's name (not its display name), natively a systemd unit's
//   StartParameters   list of texts given to the service at start; default: those it is registered with
//   TimeoutMs         default 120,000: how long an operation may take; InBuffer's TimeoutMs comes first
//   StopDependents    default 0: running services that need this one keep it from being stopped (1051); 1: they are
//                     stopped first
//
// The service manager's answers are the truth: Online is done when it says running, Offline when it says stopped and a
// process of the service's own has ended. A service that does not reach its next checkpoint in the time it asked for
// (30 s at least) fails the operation with 1053. Offline of a service that is just starting answers "not now", unless
// the flags forbid it. With no grace wanted (InBuffer's Mode "hard", DUE_TO_EMBEDDED_FAILURE) the service is asked to
// stop, and its process ended 2 s later; Terminate ends the process at once. A process that other services share is
// never ended.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "resource_modules/generic_service/service.h"
#include "resource_modules/sdk/module.h"

namespace resource_broker::generic_service {

class GenericService final : public sdk::Module {
 public:
  ~GenericService() override;

  sdk::Result Online(sdk::Operation& operation) override;
  sdk::Result Offline(sdk::Operation& operation) override;
  void Terminate(const sdk::Resource& resource) override;
  sdk::HealthReport CheckHealth(const sdk::Resource& resource, bool thorough) override;
  absl::Status Open(const sdk::Resource& resource, uint32_t open_flags) override;
  void Close(const sdk::Resource& resource) override;

 private:
  // Tells the broker when the service's process ends by itself. Of a process that services share nothing is known.
  void Watch(const std::string& resource, const std::string& name, const Service& service, const ServiceStatus& status);
  void Unwatch(const std::string& resource);

  absl::Mutex mutex_;
  std::map<std::string, std::unique_ptr<ServiceProcess>> watched_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::generic_service
