// Notices when a service stops.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "resource_modules/generic_service/service.h"

namespace resource_broker::generic_service {

class ServiceWatch {
 public:
  // `on_stopped` is called once, on a thread of the watch, which must not be destroyed there. `service` is watched from
  // now on and belongs to the watch.
  ServiceWatch(std::unique_ptr<Service> service, std::function<void(const ServiceStatus&)> on_stopped);
  // No call any more once it returns.
  ~ServiceWatch();

 private:
  void Run();

  const std::unique_ptr<Service> service_;
  const std::function<void(const ServiceStatus&)> on_stopped_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace resource_broker::generic_service
