// A module's processes come to their end while its operations wait.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/modules/module_supervisor.h"
#include "broker_service/operations/clock.h"
#include "broker_service/operations/operation_engine.h"

namespace resource_broker::broker {

// Whose work it is. All outlive the drain.
struct ModuleDrainParts {
  std::shared_ptr<OperationEngine> engine;
  ModuleSupervisor* modules = nullptr;
  Timers* timers = nullptr;
};

// One drain. Keeps itself until it has ended. Thread-safe.
class ModuleDrain : public std::enable_shared_from_this<ModuleDrain> {
 public:
  // Gets the number of processes that have ended, or why none was ended: DeadlineExceeded or Cancelled; then the module
  // serves as before. Called once.
  using Done = std::function<void(absl::StatusOr<uint32_t>)>;

  // As DrainModule. An error, with `done` never called: NotFound, FailedPrecondition, Unavailable.
  static absl::StatusOr<std::shared_ptr<ModuleDrain>> Begin(const ModuleDrainParts& parts, const std::string& module,
                                                            absl::Duration limit, Done done);

  ModuleDrain(const ModuleDrainParts& parts, std::string module, Done done)
      : parts_(parts), module_(std::move(module)), done_(std::move(done)) {}

  // Nobody waits for it any more: the module serves again, unless its processes are ending already.
  void Cancel();

 private:
  void OnIdle();
  void GiveUp(absl::Status why);
  void End(absl::StatusOr<uint32_t> result);

  const ModuleDrainParts parts_;
  const std::string module_;
  const Done done_;
  absl::Mutex mu_;
  Timers::Id timer_ ABSL_GUARDED_BY(mu_) = 0;
  // Whether its processes are being ended, or it has been given up.
  bool decided_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace resource_broker::broker
