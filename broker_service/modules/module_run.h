// One run of an operation in a module.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/modules/module_instance.h"
#include "broker_service/modules/module_options.h"
#include "broker_service/operations/module_gateway.h"
#include "resource_broker/v1/module.grpc.pb.h"

namespace resource_broker::broker {

// Reads one Execute call, attaches again where the stream breaks while the module lives, and tells the listener how it
// ended: exactly once. One that reports nothing for the manifest's stall_timeout_ms is terminated, and should that not
// help, its process is killed. Owns itself until then. Thread-safe.
class ModuleRun : public InstanceUser, public std::enable_shared_from_this<ModuleRun> {
 public:
  // Begins; the listener may hear at once.
  static void Begin(const std::shared_ptr<ModuleInstance>& instance, const ModuleOptions& options, Timers* timers,
                    Execution execution, std::shared_ptr<ExecutionListener> listener);

  ModuleRun(std::shared_ptr<ModuleInstance> instance, const ModuleOptions& options, Timers* timers, Execution execution,
            std::shared_ptr<ExecutionListener> listener);

  void OnInstanceGone() override;
  void OnInstanceLetGo() override;

 private:
  class Stream;

  void Attach();
  void OnStep(const v1::ExecuteEvent& event);
  void OnStreamEnded(const grpc::Status& status);
  void WatchForStall();
  void OnStallTimer(uint64_t step);
  void Abort();
  std::string StallMessage() const;
  void End(ExecutionEnd end);

  const std::shared_ptr<ModuleInstance> instance_;
  const absl::Duration terminate_limit_;
  const absl::Duration ask_again_;
  const absl::Duration last_words_;
  Timers* const timers_;
  const Execution execution_;
  const std::shared_ptr<ExecutionListener> listener_;

  absl::Mutex mu_;
  std::shared_ptr<Stream> stream_ ABSL_GUARDED_BY(mu_);
  // It lives until it has ended, whoever else knows it.
  std::shared_ptr<ModuleRun> self_ ABSL_GUARDED_BY(mu_);
  uint64_t last_step_ ABSL_GUARDED_BY(mu_) = 0;
  uint32_t breaks_ ABSL_GUARDED_BY(mu_) = 0;
  std::optional<v1::ExecuteEvent::Result> result_ ABSL_GUARDED_BY(mu_);
  bool gone_ ABSL_GUARDED_BY(mu_) = false;
  Timers::Id stall_timer_ ABSL_GUARDED_BY(mu_) = 0;
  bool stalled_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace resource_broker::broker
