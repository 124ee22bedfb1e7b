// A systemd unit as a Service, by way of systemctl (never a shell).
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "resource_modules/generic_service/service.h"

namespace resource_broker::generic_service {

class SystemdUnit final : public Service {
 public:
  // `systemctl` is the full path of that program.
  SystemdUnit(std::string systemctl, std::string unit);

  absl::StatusOr<ServiceStatus> Query() override;
  absl::Status Start(const std::vector<std::string>& parameters) override;
  absl::Status Stop() override;
  absl::Status Continue() override;
  // systemd stops what requires a unit together with it.
  absl::StatusOr<std::vector<std::string>> RunningDependents() override;
  // systemd tells of changes over D-Bus only, so this just waits.
  void WaitForChange(std::chrono::milliseconds timeout) override;
  void Wake() override;
  bool ProcessRuns(const ServiceStatus& status) override;
  bool WaitForProcessEnd(const ServiceStatus& status, std::chrono::milliseconds timeout) override;
  absl::Status KillProcess(const ServiceStatus& status) override;

 private:
  // What it printed.
  absl::StatusOr<std::string> Run(std::vector<std::string> arguments) const;

  const std::string systemctl_;
  const std::string unit_;
  absl::Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace resource_broker::generic_service
