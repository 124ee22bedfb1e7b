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
#include "broker_service/modules/module_versions.h"
#include "broker_service/operations/clock.h"
#include "broker_service/operations/module_gateway.h"
#include "broker_service/operations/timer_thread.h"
#include "resource_broker/v1/activation.pb.h"
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

  // Nothing more is given to modules; executions that wait for one to be ready end as kNotRun.
  void ReturnWaiting();

  // Instead of Stop, after ReturnWaiting: the processes live on, for the next broker to adopt. Those that are not ready
  // yet have nothing in hand, and are killed.
  void LetGo();

  // Installed ones and those in use, by name.
  std::vector<v1::ModuleStatus> Status();

  // As activation.proto has them; `done` is called once. NotFound: there is no such module.
  void Activate(const v1::ActivateModuleRequest& request, ModuleVersions::Activated done);
  void Rollback(const std::string& module, ModuleVersions::RolledBack done);
  // Of all modules where `module` is empty.
  absl::StatusOr<v1::ListModuleVersionsResponse> Versions(const std::string& module);
  // See ModuleVersions. Of a module that does not exist, BeginDrain says NotFound, and the others nothing.
  absl::Status BeginDrain(const std::string& module);
  void EndProcesses(const std::string& module, const std::function<void(uint32_t)>& done);
  void EndDrain(const std::string& module);
  // NotFound; Unavailable where none can be written.
  absl::StatusOr<std::shared_ptr<ModuleLogFile>> Log(const std::string& module);
  // What an administrator should know, a sentence each: modules that went back to another version by themselves.
  std::vector<std::string> Notices();

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
  absl::StatusOr<std::shared_ptr<ModuleVersions>> Get(const std::string& name);
  // The one in use, or null.
  std::shared_ptr<ModuleVersions> Find(const std::string& name);
  std::map<std::string, std::shared_ptr<ModuleVersions>> All();

  const ModuleOptions options_;
  const ModuleCatalog catalog_;
  // For what waits for the disk; a thread of its own.
  TimerThread disk_;
  const ModuleParts parts_;
  std::weak_ptr<ModuleListener> listener_;

  absl::Mutex mu_;
  std::map<std::string, std::shared_ptr<ModuleVersions>> modules_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace resource_broker::broker
