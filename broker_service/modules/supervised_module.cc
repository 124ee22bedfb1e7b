#include "broker_service/modules/supervised_module.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/events/event_log.h"
#include "broker_service/faults/faults.h"
#include "broker_service/log.h"
#include "broker_service/modules/module_run.h"
#include "broker_service/modules/run_end.h"
#include "broker_service/modules/unary_call.h"
#include "broker_service/operations/backoff.h"
#include "broker_service/text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {
SupervisedModule::SupervisedModule(std::string name, std::string version, const ModuleCatalog* catalog,
                                   const ModuleOptions& options, Clock* clock, Timers* timers,
                                   const std::shared_ptr<spdlog::sinks::sink>& log_file,
                                   std::weak_ptr<VersionListener> listener)
    : name_(std::move(name)),
      version_(std::move(version)),
      catalog_(catalog),
      options_(options),
      clock_(clock),
      timers_(timers),
      listener_(std::move(listener)),
      log_(std::make_shared<ModuleLog>(name_, log_file)),
      openings_(std::make_shared<ResourceOpenings>(options.call)) {}

void SupervisedModule::Use(Ready ready) {
  std::shared_ptr<ModuleInstance> instance;
  ModuleFailure failure;
  {
    absl::MutexLock lock(&mu_);
    if (stopping_) {
      failure = {win32::kProcessAborted, "the broker is stopping"};
    } else if (state_ == v1::ModuleStatus::READY && instance_->gone()) {
      undecided_.push_back(std::move(ready));
      return;
    } else if (state_ == v1::ModuleStatus::READY) {
      instance = instance_;
    } else if (state_ == v1::ModuleStatus::BROKEN && clock_->Monotonic() - broken_at_ < options_.restart_backoff_max) {
      failure = last_failure_;
    } else {
      // What kept a broken one down may be gone by now. If not, it is broken again at its first failure.
      if (state_ == v1::ModuleStatus::BROKEN) state_ = v1::ModuleStatus::STOPPED;
      if (state_ == v1::ModuleStatus::STOPPED) StartProcess();
      if (state_ != v1::ModuleStatus::STOPPED) {
        waiting_.push_back(std::move(ready));
        return;
      }
      failure = last_failure_;
    }
  }
  ready(instance, failure);
}

// To STARTING, or it stays STOPPED and `last_failure_` tells why.
void SupervisedModule::StartProcess() {
  absl::StatusOr<InstalledModule> module = catalog_->Find(name_, version_);
  if (!module.ok()) {
    const bool missing = absl::IsNotFound(module.status());
    last_failure_ = {missing ? win32::kModNotFound : win32::kProcessAborted, std::string(module.status().message())};
    return;
  }
  state_ = v1::ModuleStatus::STARTING;
  ++starts_;
  instance_ = ModuleInstance::Start(*std::move(module), options_, timers_, log_, weak_from_this());
}

void SupervisedModule::Adopt(const v1::RunningModule& running) {
  absl::MutexLock lock(&mu_);
  state_ = v1::ModuleStatus::STARTING;
  ++starts_;
  instance_ = ModuleInstance::Adopt(running, options_, timers_, log_, weak_from_this());
}

void SupervisedModule::OnReady(ModuleInstance* instance) {
  std::vector<Ready> waiting;
  std::shared_ptr<ModuleInstance> ready;
  {
    absl::MutexLock lock(&mu_);
    if (instance != instance_.get() || state_ != v1::ModuleStatus::STARTING || stopping_) return;
    state_ = v1::ModuleStatus::READY;
    ready_at_ = clock_->Monotonic();
    ready = instance_;
    waiting = std::move(waiting_);
    waiting_.clear();
  }
  openings_->Attach(ready);
  for (const Ready& waiter : waiting) waiter(ready, {});
}

void SupervisedModule::NoteFailure(const ModuleFailure& failure) {
  if (state_ == v1::ModuleStatus::READY && clock_->Monotonic() - ready_at_ >= options_.stable_after) failures_ = 0;
  last_failure_ = failure;
  if (++failures_ >= options_.max_failures) {
    state_ = v1::ModuleStatus::BROKEN;
    broken_at_ = clock_->Monotonic();
    RaiseEvent(EventId::kModuleStaysDown, absl::StrCat(name_, " ", version_), failures_,
               absl::FormatDuration(options_.restart_backoff_max), failure.message);
    return;
  }
  state_ = v1::ModuleStatus::BACKING_OFF;
  const absl::Duration wait = BackoffAfter(failures_, options_.restart_backoff, options_.restart_backoff_max);
  timers_->After(wait, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->RestartIfNeeded();
  });
}

void SupervisedModule::Mend() {
  {
    absl::MutexLock lock(&mu_);
    failures_ = 0;
    if (state_ != v1::ModuleStatus::BROKEN) return;
    state_ = v1::ModuleStatus::BACKING_OFF;  // for no time at all
  }
  RestartIfNeeded();
}

void SupervisedModule::RestartIfNeeded() {
  std::vector<Ready> waiting;
  ModuleFailure failure;
  {
    absl::MutexLock lock(&mu_);
    if (stopping_ || state_ != v1::ModuleStatus::BACKING_OFF) return;
    state_ = v1::ModuleStatus::STOPPED;
    if (waiting_.empty() && openings_->empty()) return;
    StartProcess();
    if (state_ != v1::ModuleStatus::STOPPED) return;
    waiting = std::move(waiting_);
    waiting_.clear();
    failure = last_failure_;
  }
  for (const Ready& waiter : waiting) waiter(nullptr, failure);
}

void SupervisedModule::OnGone(ModuleInstance* instance, const ModuleFailure& failure) {
  std::vector<Ready> waiting;
  std::vector<Ready> undecided;
  std::vector<std::function<void()>> stopped;
  std::vector<std::function<void()>> ended;
  std::shared_ptr<ModuleInstance> gone;
  bool not_there = false;
  {
    absl::MutexLock lock(&mu_);
    if (instance != instance_.get()) return;
    gone = std::move(instance_);
    undecided.swap(undecided_);
    ended.swap(when_ended_);
    not_there = failure.win32_code == 0 && !stopping_;
    if (not_there) {
      state_ = v1::ModuleStatus::BACKING_OFF;  // for no time at all
    } else {
      waiting = std::move(waiting_);
      waiting_.clear();
    }
    if (stopping_) {
      state_ = v1::ModuleStatus::STOPPED;
      stopped = std::move(when_stopped_);
    } else if (!not_there) {
      NoteFailure(failure);
    }
  }
  openings_->Detach();
  for (const Ready& waiter : waiting) waiter(nullptr, failure);
  if (const auto listener = listener_.lock()) listener->OnVersionGone(version_, failure);
  if (not_there) RestartIfNeeded();
  for (Ready& ready : undecided) Use(std::move(ready));
  for (const auto& done : stopped) done();
  for (const auto& done : ended) done();
}

void SupervisedModule::OnNotification(const v1::ModuleNotification& notification) {
  if (const auto listener = listener_.lock()) listener->OnNotification(version_, notification);
}

std::shared_ptr<ModuleInstance> SupervisedModule::Running() const {
  absl::MutexLock lock(&mu_);
  return state_ == v1::ModuleStatus::READY ? instance_ : nullptr;
}

void SupervisedModule::OpenResource(const ResourceSpec& spec, const v1::ExportedState* state) {
  ReachFaultPoint(FaultPoint::kModuleOpen);
  openings_->Set(spec, state);
  // A module that is needed soon had better be there already; nobody waits for it here.
  Use([](const std::shared_ptr<ModuleInstance>&, const ModuleFailure&) {});
}

void SupervisedModule::CloseResource(const std::string& resource) { openings_->Remove(resource); }

void SupervisedModule::UseResource(const std::string& resource, std::shared_ptr<const ResourceSpec> unknown,
                                   ResourceReady ready) {
  Use([self = shared_from_this(), resource, unknown = std::move(unknown), ready = std::move(ready)](
          const std::shared_ptr<ModuleInstance>& instance, const ModuleFailure& failure) {
    if (instance == nullptr) {
      ready(nullptr, failure, {});
      return;
    }
    self->openings_->WhenOpen(resource, unknown.get(),
                              [self, resource, unknown, ready, instance](const ModuleFailure& fault) {
                                if (instance->gone()) {
                                  // It failed meanwhile: the next one does it, or tells why there is none.
                                  self->UseResource(resource, unknown, ready);
                                } else {
                                  ready(instance, {}, fault);
                                }
                              });
  });
}

void SupervisedModule::Execute(Execution execution, std::shared_ptr<ExecutionListener> listener) {
  const std::string id = execution.operation->id();
  const std::string resource = execution.operation->resource();
  auto spec = std::make_shared<const ResourceSpec>(SpecOf(*execution.operation));
  Wait(std::move(execution), std::move(listener));
  UseResource(resource, std::move(spec),
              [weak = weak_from_this(), id](const std::shared_ptr<ModuleInstance>& instance,
                                            const ModuleFailure& unusable, const ModuleFailure& open_fault) {
                if (const auto self = weak.lock()) self->Give(id, instance, unusable, open_fault);
              });
}

void SupervisedModule::Wait(Execution execution, std::shared_ptr<ExecutionListener> listener) {
  const std::string id = execution.operation->id();
  absl::MutexLock lock(&mu_);
  waiting_executions_[id] =
      std::make_shared<WaitingExecution>(WaitingExecution{std::move(execution), std::move(listener)});
}

void SupervisedModule::Resume(Execution execution, std::shared_ptr<ExecutionListener> listener) {
  bool there = false;
  {
    absl::MutexLock lock(&mu_);
    there = state_ == v1::ModuleStatus::READY || state_ == v1::ModuleStatus::STARTING;
  }
  if (!there) {
    EndNotRun(listener.get(), win32::kProcessAborted, absl::StrCat("module ", name_, " ", version_, " does not run"));
    return;
  }
  const std::string id = execution.operation->id();
  Wait(std::move(execution), std::move(listener));
  Use([weak = weak_from_this(), id](const std::shared_ptr<ModuleInstance>& instance, const ModuleFailure& unusable) {
    if (const auto self = weak.lock()) self->Give(id, instance, unusable, {});
  });
}

std::shared_ptr<SupervisedModule::WaitingExecution> SupervisedModule::TakeWaiting(const std::string& operation_id) {
  absl::MutexLock lock(&mu_);
  const auto found = waiting_executions_.find(operation_id);
  if (found == waiting_executions_.end()) return nullptr;
  std::shared_ptr<WaitingExecution> taken = std::move(found->second);
  waiting_executions_.erase(found);
  return taken;
}

void SupervisedModule::Give(const std::string& operation_id, const std::shared_ptr<ModuleInstance>& instance,
                            const ModuleFailure& unusable, const ModuleFailure& open_fault) {
  const std::shared_ptr<WaitingExecution> taken = TakeWaiting(operation_id);
  if (taken == nullptr) return;  // cancelled or terminated meanwhile
  if (instance == nullptr) {
    EndNotRun(taken->listener.get(), unusable.win32_code, unusable.message);
    return;
  }
  // What can't be brought online for its properties can still be taken offline.
  const bool begins = taken->execution.operation->kind() == v1::ONLINE && !taken->execution.resume;
  if (open_fault.win32_code != 0 && begins) {
    EndNotRun(taken->listener.get(), open_fault.win32_code, open_fault.message);
    return;
  }
  LogDebug(LogOp(operation_id), " goes to ", LogModule(instance->label()));
  ModuleRun::Begin(instance, options_, timers_, std::move(taken->execution), std::move(taken->listener));
}

void SupervisedModule::Cancel(const std::string& operation_id, uint32_t flags) {
  {
    absl::MutexLock lock(&mu_);
    const auto found = waiting_executions_.find(operation_id);
    // The module may have it from a broker before this one: it is cancelled there, as soon as it can be asked.
    if (found != waiting_executions_.end() && found->second->execution.resume) return;
  }
  if (const auto waiting = TakeWaiting(operation_id)) {
    EndNotRun(waiting->listener.get(), win32::kCancelled, "cancelled before the module had it");
    return;
  }
  std::shared_ptr<ModuleInstance> instance;
  {
    absl::MutexLock lock(&mu_);
    if (state_ == v1::ModuleStatus::READY) instance = instance_;
  }
  if (instance == nullptr) return;
  v1::ModuleCancelRequest request;
  request.set_operation_id(operation_id);
  request.set_flags(flags);
  const auto answered = [operation_id](const absl::StatusOr<v1::ModuleCancelResponse>& answer) {
    AfterFaultPoint(FaultPoint::kModuleCancel);
    if (!answer.ok()) LogWarning(LogOp(operation_id), " Cancel: ", answer.status().ToString());
  };
  if (const absl::Status status = BeforeFaultPoint(FaultPoint::kModuleCancel); !status.ok()) {
    answered(status);
    return;
  }
  CallModule<v1::ModuleCancelRequest, v1::ModuleCancelResponse>(*instance, "module.cancel", &ModuleCalls::Cancel,
                                                                std::move(request), options_.call, answered);
}

void SupervisedModule::DropWaiting(const std::string& resource) {
  std::vector<std::shared_ptr<WaitingExecution>> dropped;
  {
    absl::MutexLock lock(&mu_);
    for (auto waiting = waiting_executions_.begin(); waiting != waiting_executions_.end();) {
      if (waiting->second->execution.operation->resource() == resource) {
        dropped.push_back(std::move(waiting->second));
        waiting_executions_.erase(waiting++);
      } else {
        ++waiting;
      }
    }
  }
  for (const auto& waiting : dropped) {
    EndNotRun(waiting->listener.get(), win32::kOperationAborted,
              waiting->execution.resume ? "terminated before its module, which has it from the broker before, was asked"
                                        : "terminated before the module had it");
  }
}

void SupervisedModule::EndProcess(const std::function<void()>& done) {
  std::shared_ptr<ModuleInstance> instance;
  {
    absl::MutexLock lock(&mu_);
    instance = instance_;
    if (instance != nullptr) {
      state_ = v1::ModuleStatus::STOPPING;
      when_ended_.push_back(done);
    }
  }
  if (instance == nullptr) {
    done();
  } else {
    instance->Stop();
  }
}

void SupervisedModule::Stop(const std::function<void()>& done) {
  std::shared_ptr<ModuleInstance> instance;
  std::vector<Ready> waiting;
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    waiting = std::move(waiting_);
    waiting_.clear();
    instance = instance_;
    if (instance != nullptr) {
      state_ = v1::ModuleStatus::STOPPING;
      when_stopped_.push_back(done);
    }
  }
  for (const Ready& waiter : waiting) waiter(nullptr, {win32::kProcessAborted, "the broker is stopping"});
  if (instance == nullptr) {
    done();
  } else {
    instance->Stop();
  }
}

void SupervisedModule::ReturnWaiting() {
  std::vector<Ready> waiting;
  absl::flat_hash_map<std::string, std::shared_ptr<WaitingExecution>> executions;
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    waiting.swap(waiting_);
    executions.swap(waiting_executions_);
  }
  for (const auto& [id, execution] : executions) {
    EndNotRun(execution->listener.get(), win32::kProcessAborted, "the module had not got it");
  }
  for (const Ready& waiter : waiting) waiter(nullptr, {win32::kProcessAborted, "the broker is stopping"});
}

void SupervisedModule::LetGo() {
  std::shared_ptr<ModuleInstance> instance;
  std::vector<Ready> undecided;
  std::vector<std::function<void()>> ended;
  // Whoever waits may own this module.
  std::vector<Ready> forgotten;
  absl::flat_hash_map<std::string, std::shared_ptr<WaitingExecution>> forgotten_executions;
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    state_ = v1::ModuleStatus::STOPPED;
    instance = std::exchange(instance_, nullptr);
    undecided.swap(undecided_);
    ended.swap(when_ended_);
    forgotten.swap(waiting_);
    forgotten_executions.swap(waiting_executions_);
  }
  if (instance != nullptr) instance->LetGo();
  for (Ready& ready : undecided) Use(std::move(ready));
  for (const auto& done : ended) done();
}

v1::ModuleStatus SupervisedModule::Status() const {
  absl::MutexLock lock(&mu_);
  v1::ModuleStatus status;
  status.set_name(name_);
  status.set_version(version_);
  status.set_process_id(instance_ == nullptr ? 0 : instance_->process_id());
  status.set_state(state_);
  status.set_restarts(starts_ > 0 ? starts_ - 1 : 0);
  if (state_ != v1::ModuleStatus::READY) status.set_message(last_failure_.message);
  return status;
}

}  // namespace resource_broker::broker
