// A resource that is a Windows service (natively a systemd unit): online while the service runs.
//
// Properties:
//   ServiceName       required: the service's short name ("Spooler"), natively the unit's
//   StartParameters   list of texts, given to the service when it starts; natively there are none
//   TimeoutMs         default 120,000: for start and stop; InBuffer's TimeoutMs comes first
//   StopDependents    0 or 1, default 0: what to do with services that need this one when it is to stop: 0 fail with
//   1051
//                     and name them, 1 stop them first
//
// While the service starts or stops, its checkpoints are reported; one that stalls (checkpoint_watch.h) fails the
// operation with 1053. A service that is just starting is "not now" for an Offline, unless its flags forbid that. After
// a stop the service's process is waited for, so that "offline" is true; if it lingers it is ended. An Offline without
// grace (InBuffer's Mode "hard", DUE_TO_EMBEDDED_FAILURE) sends the stop request and ends the process of a service that
// does not react promptly. Where several services share a process, it is never ended.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "resource_modules/generic_service/service_watch.h"
#include "resource_modules/sdk/module.h"

namespace resource_broker::generic_service {

class GenericService final : public sdk::Module {
 public:
  sdk::Result Online(sdk::Operation& operation) override;
  sdk::Result Offline(sdk::Operation& operation) override;
  void Terminate(const sdk::Resource& resource) override;
  sdk::HealthReport CheckHealth(const sdk::Resource& resource, bool thorough) override;
  absl::Status Open(const sdk::Resource& resource, uint32_t open_flags) override;
  void Close(const sdk::Resource& resource) override;

 private:
  // Tells the broker when the service stops by itself, from now on, or no longer.
  void Watch(const std::string& resource, const std::string& service);
  void Unwatch(const std::string& resource);

  absl::Mutex mutex_;
  std::map<std::string, std::unique_ptr<ServiceWatch>> watches_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::generic_service
