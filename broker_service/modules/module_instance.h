// One process of a module: from its start, over its handshake, to its end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/modules/child_process.h"
#include "broker_service/modules/line_splitter.h"
#include "broker_service/modules/module_catalog.h"
#include "broker_service/modules/module_log.h"
#include "broker_service/modules/module_options.h"
#include "broker_service/modules/running_modules.h"
#include "broker_service/operations/clock.h"
#include "broker_service/slow_step.h"
#include "resource_broker/v1/module.grpc.pb.h"

namespace resource_broker::broker {

class ModuleWatch;

// Something that must be told when the process is gone, such as a stream of it.
class InstanceUser {
 public:
  virtual ~InstanceUser() = default;
  virtual void OnInstanceGone() = 0;
  // The process goes on without this broker (LetGo): nothing more of it is to be told to anybody here.
  virtual void OnInstanceLetGo() = 0;
};

// Thread-safe. Callbacks come without locks.
class ModuleInstance : public ChildDelegate, public std::enable_shared_from_this<ModuleInstance> {
 public:
  class Delegate {
   public:
    virtual ~Delegate() = default;
    // The module answers calls from now on.
    virtual void OnReady(ModuleInstance* instance) = 0;
    // The process is gone, or never was; exactly once, last. `failure` has the code 0 if it ended because of Stop,
    // or was to be adopted and is not there any more.
    virtual void OnGone(ModuleInstance* instance, const ModuleFailure& failure) = 0;
    virtual void OnNotification(const v1::ModuleNotification& notification) = 0;
  };

  // Begins to start `module`; returns at once. `log`, one a module, is used on this instance's thread until OnGone.
  static std::shared_ptr<ModuleInstance> Start(InstalledModule module, const ModuleOptions& options, Timers* timers,
                                               std::shared_ptr<ModuleLog> log, std::weak_ptr<Delegate> delegate);

  // Likewise goes on with a process another broker has started.
  static std::shared_ptr<ModuleInstance> Adopt(const v1::RunningModule& running, const ModuleOptions& options,
                                               Timers* timers, std::shared_ptr<ModuleLog> log,
                                               std::weak_ptr<Delegate> delegate);

  ModuleInstance(InstalledModule module, std::string address, const ModuleOptions& options, Timers* timers,
                 std::shared_ptr<ModuleLog> log, std::weak_ptr<Delegate> delegate);
  ~ModuleInstance() override;

  const v1::ModuleManifest& manifest() const { return module_.manifest; }
  // "generic_service 1.0.0".
  const std::string& label() const { return label_; }
  // See ModuleOptions.
  SlowSteps* slow_steps() const { return options_.slow_steps; }

  // For calls; null until OnReady.
  std::shared_ptr<v1::ResourceModule::Stub> stub() const;
  // 0 while it does not run.
  uint32_t process_id() const;

  // Whether the process has ended, or is being ended.
  bool gone() const;

  // `user` is told when the process is gone, at once if it is already.
  void AddUser(std::weak_ptr<InstanceUser> user);

  // Asks the module to end; kills it if it has not after the time for that. OnGone follows. Idempotent.
  void Stop();

  // Ends the process at once, for `why`. OnGone follows with that.
  void Kill(uint32_t win32_code, std::string why) { GiveUp(win32_code, std::move(why)); }

  // It lives on without this broker; nothing follows.
  void LetGo();

  void OnStarted(const ChildRecord& record) override;
  void OnOutput(ChildStream stream, std::string_view bytes) override;
  void OnEnded(const ChildEnd& end) override;

 private:
  enum class Stage { kStarting, kHandshake, kHello, kReady, kStopping, kGone };

  void WriteDown(const ChildRecord& record) const;
  // A script's process has become its interpreter's since it was written down, perhaps in several steps.
  void WriteDownAnew();
  void OnHandshake(const std::string& line);
  void Connect();
  void SayHello();
  void OnHello(const absl::StatusOr<v1::HelloResponse>& answer);
  // Notes why, and ends the process; the rest follows with OnEnded.
  void GiveUp(uint32_t win32_code, std::string why);
  void SendStop();
  void After(absl::Duration delay, std::function<void(ModuleInstance*)> task);

  const InstalledModule module_;
  const ModuleOptions options_;
  Timers* const timers_;
  const std::shared_ptr<ModuleLog> log_;
  const std::weak_ptr<Delegate> delegate_;
  const std::string label_;
  const std::string address_;
  const RunningModules running_;
  // By another broker.
  bool adopted_ = false;

  // Used on the child's thread only.
  ChildRecord record_;
  LineSplitter first_line_;
  bool line_seen_ = false;

  mutable absl::Mutex mu_;
  Stage stage_ ABSL_GUARDED_BY(mu_) = Stage::kStarting;
  uint32_t process_id_ ABSL_GUARDED_BY(mu_) = 0;
  std::unique_ptr<ChildProcess> process_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<v1::ResourceModule::Stub> stub_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<ModuleWatch> watch_ ABSL_GUARDED_BY(mu_);
  ModuleFailure failure_ ABSL_GUARDED_BY(mu_);
  // Until it is ready or gone.
  SlowSteps::Step start_step_ ABSL_GUARDED_BY(mu_);
  bool stop_asked_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::weak_ptr<InstanceUser>> users_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
