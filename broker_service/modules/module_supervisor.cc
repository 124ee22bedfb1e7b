#include "broker_service/modules/module_supervisor.h"

#include <atomic>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/faults/faults.h"
#include "broker_service/log.h"
#include "broker_service/modules/private_folder.h"
#include "broker_service/modules/running_modules.h"
#include "broker_service/modules/unary_call.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {
namespace {

absl::Status ToStatus(const ModuleFailure& failure) {
  if (failure.win32_code == win32::kModNotFound) return absl::NotFoundError(failure.message);
  return absl::UnavailableError(failure.message);
}

// A short call that may have to wait for the module first: answered once, at the latest after the limit.
template <typename Response>
class BoundedCall {
 public:
  using Done = std::function<void(absl::StatusOr<Response>)>;

  static std::shared_ptr<BoundedCall> Begin(Timers* timers, absl::Duration limit, Done done) {
    auto call = std::make_shared<BoundedCall>(timers, std::move(done));
    call->timer_ =
        timers->After(limit, [call] { call->End(absl::DeadlineExceededError("the module did not answer in time")); });
    return call;
  }

  BoundedCall(Timers* timers, Done done) : timers_(timers), done_(std::move(done)) {}

  void End(absl::StatusOr<Response> answer) {
    if (ended_.exchange(true)) return;
    timers_->Cancel(timer_);
    std::exchange(done_, nullptr)(std::move(answer));
  }

 private:
  Timers* const timers_;
  std::atomic<Timers::Id> timer_{0};
  std::atomic<bool> ended_{false};
  Done done_;
};

// One short call about a resource, as soon as the module's process is there and has been told of the resource.
template <typename Request, typename Response>
void CallResource(SupervisedModule* module, const std::string& resource,
                  const std::shared_ptr<BoundedCall<Response>>& call, const char* step,
                  void (ModuleCalls::*method)(grpc::ClientContext*, const Request*, Response*,
                                              std::function<void(grpc::Status)>),
                  Request request, absl::Duration limit) {
  module->UseResource(
      resource, nullptr,
      [call, step, method, request = std::move(request), limit](const std::shared_ptr<ModuleInstance>& instance,
                                                                const ModuleFailure& unusable,
                                                                const ModuleFailure& open_fault) {
        if (instance == nullptr) {
          call->End(ToStatus(unusable));
          return;
        }
        CallModule<Request, Response>(*instance, step, method, request, limit,
                                      [call](absl::StatusOr<Response> answer) { call->End(std::move(answer)); });
      });
}

}  // namespace

ModuleSupervisor::ModuleSupervisor(const ModuleOptions& options, Clock* clock, Timers* timers)
    : options_(options), catalog_(options.modules_directory), clock_(clock), timers_(timers) {}

void ModuleSupervisor::SetListener(std::weak_ptr<ModuleListener> listener) { listener_ = std::move(listener); }

absl::Status ModuleSupervisor::Prepare() { return MakePrivateFolder(options_.socket_directory); }

absl::StatusOr<std::shared_ptr<SupervisedModule>> ModuleSupervisor::Get(const std::string& name) {
  if (auto found = Find(name)) return found;
  // Only what is installed gets an entry, so that callers can't fill the table with names.
  if (absl::StatusOr<InstalledModule> module = catalog_.Find(name); absl::IsNotFound(module.status())) {
    return module.status();
  }
  absl::MutexLock lock(&mu_);
  std::shared_ptr<SupervisedModule>& entry = modules_[name];
  if (stopping_ && entry == nullptr) {
    modules_.erase(name);
    return absl::UnavailableError("the broker is stopping");
  }
  if (entry == nullptr) {
    entry = std::make_shared<SupervisedModule>(name, &catalog_, options_, clock_, timers_, listener_);
  }
  return entry;
}

std::shared_ptr<SupervisedModule> ModuleSupervisor::Find(const std::string& name) {
  absl::MutexLock lock(&mu_);
  const auto found = modules_.find(name);
  return found == modules_.end() ? nullptr : found->second;
}

void ModuleSupervisor::Adopt() {
  if (options_.running_directory.empty()) return;
  const RunningModules running(options_.running_directory);
  for (const v1::RunningModule& module : running.Load()) {
    const std::string& name = module.manifest().name();
    std::shared_ptr<SupervisedModule> adopter;
    {
      absl::MutexLock lock(&mu_);
      std::shared_ptr<SupervisedModule>& entry = modules_[name];
      if (entry == nullptr) {
        entry = adopter = std::make_shared<SupervisedModule>(name, &catalog_, options_, clock_, timers_, listener_);
      }
    }
    if (adopter != nullptr) {
      adopter->Adopt(module);
    } else {
      LogWarning("module ", name, ": process ", module.process_id(), " is a second one and is left alone");
    }
  }
}

void ModuleSupervisor::LetGo() {
  std::map<std::string, std::shared_ptr<SupervisedModule>> modules;
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    modules = modules_;
  }
  for (const auto& [name, module] : modules) module->LetGo();
}

void ModuleSupervisor::Stop(std::function<void()> done) {
  std::map<std::string, std::shared_ptr<SupervisedModule>> modules;
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    modules = modules_;
  }
  // The last one, or this call itself where there is none, lets go of it and so calls it.
  const std::shared_ptr<void> last(nullptr, [done = std::move(done)](void*) { done(); });
  for (const auto& [name, module] : modules) module->Stop([last] {});
}

std::vector<v1::ModuleStatus> ModuleSupervisor::Status() {
  std::map<std::string, v1::ModuleStatus> all;
  for (const std::string& name : catalog_.Names()) {
    v1::ModuleStatus status;
    status.set_name(name);
    status.set_state(v1::ModuleStatus::STOPPED);
    const absl::StatusOr<InstalledModule> module = catalog_.Find(name);
    if (module.ok()) {
      status.set_version(module->manifest.version());
    } else {
      status.set_message(std::string(module.status().message()));
    }
    all[name] = std::move(status);
  }
  std::map<std::string, std::shared_ptr<SupervisedModule>> modules;
  {
    absl::MutexLock lock(&mu_);
    modules = modules_;
  }
  for (const auto& [name, module] : modules) {
    v1::ModuleStatus status = module->Status();
    // One that was never started has the version that would be.
    if (status.version().empty()) status.set_version(all[name].version());
    all[name] = std::move(status);
  }
  std::vector<v1::ModuleStatus> list;
  list.reserve(all.size());
  for (auto& [name, status] : all) list.push_back(std::move(status));
  return list;
}

void ModuleSupervisor::OpenResource(const ResourceSpec& spec) {
  // One that is not there is told of when the resource is operated.
  if (auto module = Get(spec.module); module.ok()) (*module)->OpenResource(spec);
}

void ModuleSupervisor::CloseResource(const std::string& module, const std::string& resource) {
  if (auto found = Find(module)) found->CloseResource(resource);
}

void ModuleSupervisor::Execute(Execution execution, std::shared_ptr<ExecutionListener> listener) {
  auto module = Get(execution.operation->module());
  if (module.ok()) {
    (*module)->Execute(std::move(execution), std::move(listener));
    return;
  }
  ExecutionEnd end;
  end.kind = ExecutionEnd::Kind::kNotRun;
  end.win32_code = absl::IsNotFound(module.status()) ? win32::kModNotFound : win32::kProcessAborted;
  end.message = std::string(module.status().message());
  listener->OnEnd(std::move(end));
}

void ModuleSupervisor::Cancel(const std::string& module, const std::string& operation_id, uint32_t flags) {
  if (auto found = Find(module)) found->Cancel(operation_id, flags);
}

void ModuleSupervisor::Terminate(const std::string& module, const std::string& resource, const std::string& reason,
                                 absl::Duration limit, std::function<void(absl::Status)> done) {
  auto found = Get(module);
  if (!found.ok()) {
    // Without its module nothing ever made the resource available.
    done(absl::IsNotFound(found.status()) ? absl::OkStatus() : found.status());
    return;
  }
  (*found)->DropWaiting(resource);
  auto call = BoundedCall<v1::ModuleTerminateResponse>::Begin(
      timers_, limit, [done = std::move(done)](const absl::StatusOr<v1::ModuleTerminateResponse>& answer) {
        AfterFaultPoint(FaultPoint::kModuleTerminate);
        done(answer.status());
      });
  if (const absl::Status status = BeforeFaultPoint(FaultPoint::kModuleTerminate); !status.ok()) {
    call->End(status);
    return;
  }
  v1::ModuleTerminateRequest request;
  request.set_resource(resource);
  request.set_reason(reason);
  CallResource(found->get(), resource, call, "module.terminate", &ModuleCalls::Terminate, std::move(request), limit);
}

void ModuleSupervisor::CheckHealth(const std::string& module, const std::string& resource, bool thorough,
                                   std::function<void(absl::StatusOr<v1::ModuleCheckHealthResponse>)> done) {
  auto found = Get(module);
  if (!found.ok()) {
    done(found.status());
    return;
  }
  auto call = BoundedCall<v1::ModuleCheckHealthResponse>::Begin(timers_, options_.call, std::move(done));
  v1::ModuleCheckHealthRequest request;
  request.set_resource(resource);
  request.set_thorough(thorough);
  CallResource(found->get(), resource, call, "module.health", &ModuleCalls::CheckHealth, std::move(request),
               options_.call);
}

void ModuleSupervisor::Control(const std::string& module, v1::ModuleControlRequest request,
                               std::function<void(absl::StatusOr<v1::ControlResponse>)> done) {
  auto found = Get(module);
  if (!found.ok()) {
    done(found.status());
    return;
  }
  auto call = BoundedCall<v1::ControlResponse>::Begin(timers_, options_.call, std::move(done));
  const std::string resource = request.resource();
  CallResource(found->get(), resource, call, "module.control", &ModuleCalls::Control, std::move(request),
               options_.call);
}

bool ModuleSupervisor::IsIdempotent(const std::string& module) {
  const absl::StatusOr<InstalledModule> found = catalog_.Find(module);
  return found.ok() && found->manifest.idempotent();
}

}  // namespace resource_broker::broker
