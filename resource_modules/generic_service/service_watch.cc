#include "resource_modules/generic_service/service_watch.h"

#include <utility>

#include "absl/status/statusor.h"

namespace resource_broker::generic_service {
namespace {

// The service manager notifies us; this is for one that does not (systemd's does so over D-Bus only).
constexpr std::chrono::seconds kLookInterval(5);

}  // namespace

ServiceWatch::ServiceWatch(std::unique_ptr<Service> service, std::function<void(const ServiceStatus&)> on_stopped)
    : service_(std::move(service)), on_stopped_(std::move(on_stopped)), thread_([this] { Run(); }) {}

ServiceWatch::~ServiceWatch() {
  ending_ = true;
  service_->Wake();
  thread_.join();
}

void ServiceWatch::Run() {
  while (!ending_) {
    absl::StatusOr<ServiceStatus> status = service_->Query();
    if (status.ok() && status->state == ServiceState::kStopped) {
      on_stopped_(*status);
      return;
    }
    service_->WaitForChange(kLookInterval);
  }
}

}  // namespace resource_broker::generic_service
