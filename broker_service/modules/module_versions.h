// One module by its name: which of its versions serve, and how that changes while all runs on.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/modules/activation_check.h"
#include "broker_service/modules/active_records.h"
#include "broker_service/modules/module_catalog.h"
#include "broker_service/modules/module_log_file.h"
#include "broker_service/modules/module_options.h"
#include "broker_service/modules/resource_call.h"
#include "broker_service/modules/resource_routes.h"
#include "broker_service/modules/supervised_module.h"
#include "broker_service/modules/told_states.h"
#include "broker_service/operations/clock.h"
#include "broker_service/operations/module_gateway.h"
#include "broker_service/operations/serial_queue.h"
#include "resource_broker/v1/activation.pb.h"
#include "resource_broker/v1/state.pb.h"

namespace resource_broker::broker {

// What all modules share; outlives them.
struct ModuleParts {
  const ModuleCatalog* catalog = nullptr;
  Clock* clock = nullptr;
  Timers* timers = nullptr;
  // Tasks here may wait for the disk.
  Timers* disk = nullptr;
};

// Which version should serve each resource, as the record says.
ResourceRoutes::Target TargetOf(const v1::ActiveModule& record);

// The active version serves all resources, but for those of a canary. A version has a process while it serves, is
// tried, has operations in hand, or may be gone back to soon (probation). Thread-safe; callbacks come without locks.
class ModuleVersions : public VersionListener,
                       public ResourceRoutes::Mover,
                       public std::enable_shared_from_this<ModuleVersions> {
 public:
  using Activated = std::function<void(absl::StatusOr<v1::ActivateModuleResponse>)>;
  using RolledBack = std::function<void(absl::StatusOr<v1::RollbackModuleResponse>)>;

  // Reads, shortly, which version is active.
  static std::shared_ptr<ModuleVersions> Create(std::string name, const ModuleParts& parts,
                                                const ModuleOptions& options, std::weak_ptr<ModuleListener> listener);

  // Goes on with processes of the broker before this one. Once, before any other call.
  void Adopt(std::vector<v1::RunningModule> running);

  // As of the gateway.
  void OpenResource(const ResourceSpec& spec);
  void CloseResource(const std::string& resource);
  void Execute(Execution execution, std::shared_ptr<ExecutionListener> listener);
  void Cancel(const std::string& operation_id, uint32_t flags);
  void Terminate(const std::string& resource, const std::string& reason, absl::Duration limit,
                 std::function<void(absl::Status)> done);
  void CheckHealth(const std::string& resource, bool thorough,
                   std::function<void(absl::StatusOr<v1::ModuleCheckHealthResponse>)> done);
  void Control(v1::ModuleControlRequest request, std::function<void(absl::StatusOr<v1::ControlResponse>)> done);
  bool IsIdempotent();

  // As activation.proto has it.
  void Activate(const std::string& version, uint32_t canary_percent, Activated done);
  // `why` is empty where an administrator wants it.
  void Rollback(const std::string& why, RolledBack done);

  // Until EndDrain nothing else changes it. FailedPrecondition: something does.
  absl::Status BeginDrain();
  // Ends each process there is now; `done` gets their number when none of them is left. See SupervisedModule.
  void EndProcesses(const std::function<void(uint32_t)>& done);
  void EndDrain();

  const std::shared_ptr<ModuleLogFile>& log_file() const { return log_file_; }

  // See SupervisedModule.
  void Stop(const std::shared_ptr<void>& last);
  void ReturnWaiting();
  void LetGo();

  v1::ModuleStatus Status();
  v1::ModuleVersions Versions();
  // Why it went back by itself; empty if it has not.
  std::string RollbackNotice() const;

  void OnNotification(const std::string& version, const v1::ModuleNotification& notification) override;
  void OnVersionGone(const std::string& version, const ModuleFailure& failure) override;
  void Move(const ResourceSpec& spec, const std::vector<std::string>& from, const std::string& to,
            std::function<void()> done) override;
  void OnServed(const std::string& resource, const std::string& from, const std::string& to) override;
  void OnClosed(const std::string& resource, const std::vector<std::string>& versions) override;
  void OnLeft() override;

 private:
  class Run;
  struct Waiting {
    Execution execution;
    std::shared_ptr<ExecutionListener> listener;
  };
  // An operation that a version has, or is about to get.
  struct InHand {
    std::string version;
    // What supervises the version knows of it.
    bool given = false;
    // Kept, since a module passes over the cancel of what it does not know yet: it is told again when it does.
    std::optional<uint32_t> cancel;
  };

  ModuleVersions(std::string name, const ModuleParts& parts, const ModuleOptions& options,
                 std::weak_ptr<ModuleListener> listener);

  // Versions (module_versions.cc).
  absl::StatusOr<std::string> Active();
  std::shared_ptr<SupervisedModule> Version(const std::string& version);
  std::shared_ptr<SupervisedModule> FindVersion(const std::string& version) const;
  std::shared_ptr<SupervisedModule> MakeVersion(const std::string& version) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Needed(const std::string& version) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // False: not any more.
  bool OnDisk(std::function<void(ModuleVersions*)> task);
  // On a thread that may wait for the disk.
  void SaveRecord();
  void StopUnneeded();
  void Tell(std::function<void(ModuleListener*)> what) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TellAll(const std::vector<v1::ModuleNotification>& notifications) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TellDefaults(const std::string& resource, const std::string& version, const ToldStates::Told& before);

  // Operations and calls (module_versions_calls.cc).
  std::shared_ptr<Waiting> TakeWaiting(const std::string& operation_id);
  void Give(const std::string& operation_id, const std::string& version, ResourceRoutes::Hold hold);
  void ResumeAt(std::vector<std::string> versions, Execution execution, ResourceRoutes::Hold hold,
                std::shared_ptr<ExecutionListener> listener);
  // The next calls about it are for `version`.
  void HandTo(const std::string& operation_id, const std::string& version) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Supervision knows of it, and then the module does: a cancel that came before is passed on.
  void OnHandedTo(const std::string& operation_id, const std::string& version);
  void OnRunEnd(const std::string& operation_id, const std::string& version, const ExecutionEnd& end);
  void DropWaiting(const std::string& resource);
  using HealthCall = BoundedCall<v1::ModuleCheckHealthResponse>;
  // `judge`: a version on probation that finds it dead is rolled back, and the one before asked.
  void AskHealth(const v1::ModuleCheckHealthRequest& request, bool judge, std::shared_ptr<HealthCall> call);

  // Activations (module_versions_activate.cc).
  absl::StatusOr<v1::ActiveModule> Plan(const std::string& version, uint32_t canary_percent);
  void BeginCheck(const v1::ActiveModule& plan, const std::string& version, Activated done);
  void OnChecked(v1::ActiveModule plan, const std::string& version, const std::vector<std::string>& opened,
                 CheckedVersion checked, const Activated& done);
  void GiveUp(const std::string& version, const std::vector<std::string>& opened, const absl::Status& why,
              const Activated& done);
  void Switch(const v1::ActiveModule& record);

  // Probation and ways back (module_versions_rollback.cc).
  absl::StatusOr<v1::ActiveModule> PlanRollback(bool on_probation);
  absl::StatusOr<v1::RollbackModuleResponse> RollBackNow(const std::string& why);
  void BeginProbation() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void EndProbation();
  // `then` is called when it has been rolled back, or could not be.
  void FailProbation(const std::string& why, std::function<void()> then);
  // True: it is not what RHS should hear, since the version is rolled back because of it; and then `then` is called.
  bool JudgeHealth(const std::string& resource, const std::string& version, v1::Health health,
                   const std::string& message, std::function<void()> then);

  const std::string name_;
  const ModuleParts parts_;
  const ModuleOptions options_;
  const std::weak_ptr<ModuleListener> listener_;
  const ActiveRecords records_;
  // Null where it can't be written.
  const std::shared_ptr<ModuleLogFile> log_file_;
  std::shared_ptr<ResourceRoutes> routes_;

  mutable absl::Mutex mu_;
  // As on disk; without `active` where none was ever activated or used.
  v1::ActiveModule record_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, std::shared_ptr<SupervisedModule>> versions_ ABSL_GUARDED_BY(mu_);
  // Nothing is left for them to do but to end.
  std::list<std::shared_ptr<SupervisedModule>> ending_ ABSL_GUARDED_BY(mu_);
  // Adopted ones, in whose hands something may still be that nobody has asked for yet.
  absl::flat_hash_set<std::string> kept_ ABSL_GUARDED_BY(mu_);
  // The record is a file's, and what was being tried when the broker before this one ended.
  bool recorded_ ABSL_GUARDED_BY(mu_) = false;
  std::string tried_before_ ABSL_GUARDED_BY(mu_);
  // "activation of 1.1.0"; empty: none is.
  std::string under_way_ ABSL_GUARDED_BY(mu_);
  std::string trying_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;

  // Operations that wait for their resource to move, and those that wait no more.
  absl::flat_hash_map<std::string, std::shared_ptr<Waiting>> waiting_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, InHand> runs_ ABSL_GUARDED_BY(mu_);
  ToldStates told_ ABSL_GUARDED_BY(mu_);
  SerialQueue tells_;

  // Of the version on probation.
  Timers::Id probation_timer_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Duration probation_end_ ABSL_GUARDED_BY(mu_);
  uint32_t probation_failures_ ABSL_GUARDED_BY(mu_) = 0;
  // Alive before it served them, and not operated since.
  absl::flat_hash_set<std::string> alive_ ABSL_GUARDED_BY(mu_);
  // What moved, should the version that has it now not be able to tell.
  absl::flat_hash_map<std::string, v1::ExportedState> states_ ABSL_GUARDED_BY(mu_);
  size_t states_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  std::string rolled_back_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
