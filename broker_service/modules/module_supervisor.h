// All modules of this broker.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/modules/module_catalog.h"
#include "broker_service/modules/module_options.h"
#include "broker_service/modules/supervised_module.h"
#include "broker_service/operations/clock.h"
#include "broker_service/operations/module_gateway.h"
#include "resource_broker/v1/admin.pb.h"

namespace resource_broker::broker {

// Gives each call to the module it names. Thread-safe.
class ModuleSupervisor : public ModuleGateway {
 public:
  // `clock` and `timers` outlive it.
  ModuleSupervisor(const ModuleOptions& options, Clock* clock, Timers* timers);

  // Who hears what modules tell unasked. Before the first other call.
  void SetListener(std::weak_ptr<ModuleListener> listener);

  // Makes the folder of the modules' sockets. Before the first other call.
  absl::Status Prepare();

  // Goes on with the module processes of the broker before this one. What has ended meanwhile is known a moment later,
  // as if it had ended then.
  void Adopt();

  // Stops every module; `done` is called once, when no process is left: at the latest a moment after the time for
  // stopping, when the last has been killed.
  void Stop(std::function<void()> done);

  // Instead of Stop: the processes live on, for the next broker to adopt.
  void LetGo();

  // Installed ones and those in use, by name.
  std::vector<v1::ModuleStatus> Status();

  void OpenResource(const ResourceSpec& spec) override;
  void CloseResource(const std::string& module, const std::string& resource) override;
  void Execute(Execution execution, std::shared_ptr<ExecutionListener> listener) override;
  void Cancel(const std::string& module, const std::string& operation_id, uint32_t flags) override;
  void Terminate(const std::string& module, const std::string& resource, const std::string& reason,
                 absl::Duration limit, std::function<void(absl::Status)> done) override;
  void CheckHealth(const std::string& module, const std::string& resource, bool thorough,
                   std::function<void(absl::StatusOr<v1::ModuleCheckHealthResponse>)> done) override;
  void Control(const std::string& module, v1::ModuleControlRequest request,
               std::function<void(absl::StatusOr<v1::ControlResponse>)> done) override;
  bool IsIdempotent(const std::string& module) override;

 private:
  // The module, if it is installed or was when it was first used; else NotFound.
  absl::StatusOr<std::shared_ptr<SupervisedModule>> Get(const std::string& name);
  // The one in use, or null.
  std::shared_ptr<SupervisedModule> Find(const std::string& name);

  const ModuleOptions options_;
  const ModuleCatalog catalog_;
  Clock* const clock_;
  Timers* const timers_;
  std::weak_ptr<ModuleListener> listener_;

  absl::Mutex mu_;
  std::map<std::string, std::shared_ptr<SupervisedModule>> modules_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace resource_broker::broker
