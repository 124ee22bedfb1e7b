// One version of a module: started when it is needed, started again when it fails, given up for a while when it fails
// too often.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/modules/module_catalog.h"
#include "broker_service/modules/module_instance.h"
#include "broker_service/modules/module_log.h"
#include "broker_service/modules/module_options.h"
#include "broker_service/modules/resource_openings.h"
#include "broker_service/operations/clock.h"
#include "broker_service/operations/module_gateway.h"
#include "resource_broker/v1/admin.pb.h"

namespace resource_broker::broker {

// Told of one version. Thread-safe; called without locks.
class VersionListener {
 public:
  virtual ~VersionListener() = default;
  virtual void OnNotification(const std::string& version, const v1::ModuleNotification& notification) = 0;
  // Its process is gone; code 0: it did not fail.
  virtual void OnVersionGone(const std::string& version, const ModuleFailure& failure) = 0;
};

// Thread-safe; callbacks come without locks.
class SupervisedModule : public ModuleInstance::Delegate, public std::enable_shared_from_this<SupervisedModule> {
 public:
  // A process that answers calls; or null, and why there is none.
  using Ready = std::function<void(const std::shared_ptr<ModuleInstance>&, const ModuleFailure&)>;

  // `log_file` as OpenModuleLogFile gives it.
  SupervisedModule(std::string name, std::string version, const ModuleCatalog* catalog, const ModuleOptions& options,
                   Clock* clock, Timers* timers, const std::shared_ptr<spdlog::sinks::sink>& log_file,
                   std::weak_ptr<VersionListener> listener);

  // The module's process, started if need be; at once if it is there. A module that just failed is waited for until it
  // has been started again, a broken one is not.
  void Use(Ready ready);
  // An administrator says that what broke it has been seen to.
  void Mend();

  const std::string& version() const { return version_; }
  // The process that answers calls now, or null.
  std::shared_ptr<ModuleInstance> Running() const;

  // `state` is what another version exported of it; null: none did.
  void OpenResource(const ResourceSpec& spec, const v1::ExportedState* state = nullptr);
  void CloseResource(const std::string& resource);
  // Its process may have it from a broker before this one.
  void TakeResource(const std::string& resource) { openings_->RemoveKnownOrNot(resource); }
  // What the process said of its properties, once it was told of it.
  ModuleFailure OpenFault(const std::string& resource) const { return openings_->FaultOf(resource); }

  // Like Use, and the process has been told of the resource; by `unknown`, where it was never opened and that is not
  // null.
  using ResourceReady = std::function<void(const std::shared_ptr<ModuleInstance>&, const ModuleFailure& unusable,
                                           const ModuleFailure& open_fault)>;
  void UseResource(const std::string& resource, std::shared_ptr<const ResourceSpec> unknown, ResourceReady ready);

  void Execute(Execution execution, std::shared_ptr<ExecutionListener> listener);
  // Attaches to what its process, if there is one, may have in hand. None is started for it.
  void Resume(Execution execution, std::shared_ptr<ExecutionListener> listener);
  void Cancel(const std::string& operation_id, uint32_t flags);
  // Ends what waits for the process because of this resource.
  void DropWaiting(const std::string& resource);

  // Goes on with a process another broker has started. Once, before any other call.
  void Adopt(const v1::RunningModule& running);

  // Ends the process, if there is one; another is started as soon as it has ended and something needs it. `done` is
  // called when it has, or lives on elsewhere.
  void EndProcess(const std::function<void()>& done);

  // For good; `done` is called when no process is left.
  void Stop(const std::function<void()>& done);

  // For good: what waits for the process ends as kNotRun, and so does what comes.
  void ReturnWaiting();

  // For good; the process lives on, for another broker to adopt, if it was ready. What still waits is not told: to it,
  // this broker is gone.
  void LetGo();

  v1::ModuleStatus Status() const;

  void OnReady(ModuleInstance* instance) override;
  void OnGone(ModuleInstance* instance, const ModuleFailure& failure) override;
  void OnNotification(const v1::ModuleNotification& notification) override;

 private:
  struct WaitingExecution {
    Execution execution;
    std::shared_ptr<ExecutionListener> listener;
  };

  void StartProcess() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void NoteFailure(const ModuleFailure& failure) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void RestartIfNeeded();
  std::shared_ptr<WaitingExecution> TakeWaiting(const std::string& operation_id);
  void Give(const std::string& operation_id, const std::shared_ptr<ModuleInstance>& instance,
            const ModuleFailure& unusable, const ModuleFailure& open_fault);

  void Wait(Execution execution, std::shared_ptr<ExecutionListener> listener);

  const std::string name_;
  const std::string version_;
  const ModuleCatalog* const catalog_;
  const ModuleOptions options_;
  Clock* const clock_;
  Timers* const timers_;
  const std::weak_ptr<VersionListener> listener_;
  const std::shared_ptr<ModuleLog> log_;
  const std::shared_ptr<ResourceOpenings> openings_;

  mutable absl::Mutex mu_;
  v1::ModuleStatus::State state_ ABSL_GUARDED_BY(mu_) = v1::ModuleStatus::STOPPED;
  std::shared_ptr<ModuleInstance> instance_ ABSL_GUARDED_BY(mu_);
  absl::Duration ready_at_ ABSL_GUARDED_BY(mu_);
  std::vector<Ready> waiting_ ABSL_GUARDED_BY(mu_);
  // Came after the process had gone and before OnGone said so, which decides what is next.
  std::vector<Ready> undecided_ ABSL_GUARDED_BY(mu_);
  // Operations that wait for the process, by id.
  absl::flat_hash_map<std::string, std::shared_ptr<WaitingExecution>> waiting_executions_ ABSL_GUARDED_BY(mu_);
  ModuleFailure last_failure_ ABSL_GUARDED_BY(mu_);
  uint32_t failures_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Duration broken_at_ ABSL_GUARDED_BY(mu_);
  uint32_t starts_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::function<void()>> when_stopped_ ABSL_GUARDED_BY(mu_);
  // Told when the process there is has ended, whatever comes then.
  std::vector<std::function<void()>> when_ended_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
