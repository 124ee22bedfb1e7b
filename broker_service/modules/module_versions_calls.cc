// Operations and calls, each to the version that serves the resource.
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/faults/faults.h"
#include "broker_service/modules/module_versions.h"
#include "broker_service/modules/resource_call.h"
#include "broker_service/modules/run_end.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {

// One operation in a version's hands, and whom to ask next should that version not know it.
class ModuleVersions::Run : public ExecutionListener {
 public:
  Run(std::weak_ptr<ModuleVersions> versions, std::string operation_id, std::string version, ResourceRoutes::Hold hold,
      std::shared_ptr<ExecutionListener> listener)
      : versions_(std::move(versions)),
        operation_id_(std::move(operation_id)),
        version_(std::move(version)),
        hold_(std::move(hold)),
        listener_(std::move(listener)) {}

  void AskNext(std::vector<std::string> others, Execution execution) {
    others_ = std::move(others);
    execution_ = std::move(execution);
  }

  void OnBegin(const std::string& module) override {
    // Whether this one has it, is known later.
    if (others_.empty()) listener_->OnBegin(module);
  }
  void OnTaken() override {
    NoteTaken();
    listener_->OnTaken();
  }
  void OnProgress(uint64_t step, const v1::ExecuteEvent::Progress& progress) override {
    NoteTaken();
    listener_->OnProgress(step, progress);
  }

  void OnEnd(ExecutionEnd end) override {
    const auto versions = versions_.lock();
    if ((end.unknown || end.kind == ExecutionEnd::Kind::kNotRun) && !others_.empty() && versions != nullptr) {
      versions->ResumeAt(std::move(others_), std::move(execution_), std::move(hold_), std::move(listener_));
      return;
    }
    if (versions != nullptr) versions->OnRunEnd(operation_id_, version_, end);
    // Before the next operation comes: the resource may have to move first.
    hold_.reset();
    listener_->OnEnd(std::move(end));
  }

 private:
  void NoteTaken() {
    if (taken_.exchange(true)) return;
    if (const auto versions = versions_.lock()) versions->OnHandedTo(operation_id_, version_);
  }

  const std::weak_ptr<ModuleVersions> versions_;
  const std::string operation_id_;
  const std::string version_;
  ResourceRoutes::Hold hold_;
  std::shared_ptr<ExecutionListener> listener_;
  std::vector<std::string> others_;
  Execution execution_;
  // Its first message and its headers are told on different threads.
  std::atomic<bool> taken_{false};
};

void ModuleVersions::OpenResource(const ResourceSpec& spec) {
  // One without a version in order is told of when the resource is operated.
  if (!Active().ok()) return;
  routes_->Open(spec);
  routes_->Route(spec.resource, ResourceRoutes::Kind::kCall, nullptr,
                 [self = shared_from_this(), spec](const std::string& version, const ResourceRoutes::Hold&) {
                   self->Version(version)->OpenResource(spec);
                 });
}

void ModuleVersions::CloseResource(const std::string& resource) { routes_->Close(resource); }

void ModuleVersions::Execute(Execution execution, std::shared_ptr<ExecutionListener> listener) {
  if (const auto active = Active(); !active.ok()) {
    const uint32_t code = absl::IsNotFound(active.status()) ? win32::kModNotFound : win32::kProcessAborted;
    EndNotRun(listener.get(), code, std::string(active.status().message()));
    return;
  }
  const std::string id = execution.operation->id();
  const ResourceSpec spec = SpecOf(*execution.operation);
  const bool resume = execution.resume;
  std::vector<std::string> earlier;
  {
    absl::MutexLock lock(&mu_);
    alive_.erase(spec.resource);
    states_.erase(spec.resource);
    earlier.assign(kept_.begin(), kept_.end());
    if (!resume) waiting_[id] = std::make_shared<Waiting>(Waiting{std::move(execution), std::move(listener)});
  }
  if (resume) {
    ResumeAt(std::move(earlier), std::move(execution), routes_->KeepInPlace(spec), std::move(listener));
    return;
  }
  routes_->Route(spec.resource, ResourceRoutes::Kind::kOperation, &spec,
                 [self = shared_from_this(), id](const std::string& version, ResourceRoutes::Hold hold) {
                   self->Give(id, version, std::move(hold));
                 });
}

std::shared_ptr<ModuleVersions::Waiting> ModuleVersions::TakeWaiting(const std::string& operation_id) {
  absl::MutexLock lock(&mu_);
  const auto found = waiting_.find(operation_id);
  if (found == waiting_.end()) return nullptr;
  std::shared_ptr<Waiting> taken = std::move(found->second);
  waiting_.erase(found);
  return taken;
}

void ModuleVersions::Give(const std::string& operation_id, const std::string& version, ResourceRoutes::Hold hold) {
  std::shared_ptr<Waiting> taken;
  {
    absl::MutexLock lock(&mu_);
    const auto found = waiting_.find(operation_id);
    if (found == waiting_.end()) return;  // cancelled or terminated meanwhile
    taken = std::move(found->second);
    waiting_.erase(found);
    // Not a moment in between in which a cancel would find it nowhere.
    HandTo(operation_id, version);
  }
  auto run =
      std::make_shared<Run>(weak_from_this(), operation_id, version, std::move(hold), std::move(taken->listener));
  Version(version)->Execute(std::move(taken->execution), std::move(run));
  OnHandedTo(operation_id, version);
}

// An operation another broker may have given to any of `versions`, or to the one that should have it: whoever knows it
// goes on with it.
void ModuleVersions::ResumeAt(std::vector<std::string> versions, Execution execution, ResourceRoutes::Hold hold,
                              std::shared_ptr<ExecutionListener> listener) {
  const std::string id = execution.operation->id();
  const std::string& resource = execution.operation->resource();
  std::string target;
  {
    absl::MutexLock lock(&mu_);
    target = TargetOf(record_)(resource);
  }
  std::string version;
  while (version.empty() && !versions.empty()) {
    if (versions.back() != target) version = versions.back();
    versions.pop_back();
  }
  const bool last = version.empty();
  if (last) version = target;
  routes_->SetServing(resource, version);
  {
    absl::MutexLock lock(&mu_);
    HandTo(id, version);
  }
  auto run = std::make_shared<Run>(weak_from_this(), id, version, std::move(hold), std::move(listener));
  if (last) {
    Version(version)->Execute(std::move(execution), std::move(run));
    OnHandedTo(id, version);
    return;
  }
  // The last one asked is the one that should have it.
  versions.insert(versions.begin(), target);
  run->AskNext(std::move(versions), execution);
  Version(version)->Resume(std::move(execution), std::move(run));
  OnHandedTo(id, version);
}

void ModuleVersions::HandTo(const std::string& operation_id, const std::string& version) {
  InHand& run = runs_[operation_id];
  run.version = version;
  run.given = false;
}

void ModuleVersions::OnHandedTo(const std::string& operation_id, const std::string& version) {
  std::optional<uint32_t> cancel;
  {
    absl::MutexLock lock(&mu_);
    const auto found = runs_.find(operation_id);
    if (found == runs_.end() || found->second.version != version) return;
    found->second.given = true;
    cancel = found->second.cancel;
  }
  if (cancel.has_value()) Version(version)->Cancel(operation_id, *cancel);
}

void ModuleVersions::OnRunEnd(const std::string& operation_id, const std::string& version, const ExecutionEnd& end) {
  bool unfit = false;
  {
    absl::MutexLock lock(&mu_);
    const auto found = runs_.find(operation_id);
    if (found != runs_.end() && found->second.version == version) runs_.erase(found);
    unfit = end.stalled && record_.probation().version() == version;
  }
  if (!unfit) return;
  FailProbation(absl::StrCat("an operation hung: ", end.message.empty() ? end.result.message() : end.message), nullptr);
}

void ModuleVersions::Cancel(const std::string& operation_id, uint32_t flags) {
  if (const auto waiting = TakeWaiting(operation_id)) {
    EndNotRun(waiting->listener.get(), win32::kCancelled, "cancelled before the module had it");
    return;
  }
  std::string version;
  {
    absl::MutexLock lock(&mu_);
    const auto found = runs_.find(operation_id);
    if (found == runs_.end()) return;
    InHand& run = found->second;
    run.cancel = flags;
    if (!run.given) return;
    version = run.version;
  }
  Version(version)->Cancel(operation_id, flags);
}

void ModuleVersions::DropWaiting(const std::string& resource) {
  std::vector<std::shared_ptr<Waiting>> dropped;
  {
    absl::MutexLock lock(&mu_);
    for (auto waiting = waiting_.begin(); waiting != waiting_.end();) {
      if (waiting->second->execution.operation->resource() == resource) {
        dropped.push_back(std::move(waiting->second));
        waiting_.erase(waiting++);
      } else {
        ++waiting;
      }
    }
  }
  for (const auto& waiting : dropped) {
    EndNotRun(waiting->listener.get(), win32::kOperationAborted, "terminated before the module had it");
  }
  if (const auto version = FindVersion(routes_->ServedBy(resource))) version->DropWaiting(resource);
}

void ModuleVersions::ReturnWaiting() {
  absl::flat_hash_map<std::string, std::shared_ptr<Waiting>> returned;
  std::vector<std::shared_ptr<SupervisedModule>> all;
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    returned.swap(waiting_);
    for (const auto& [name, version] : versions_) all.push_back(version);
  }
  for (const auto& [id, waiting] : returned) {
    EndNotRun(waiting->listener.get(), win32::kProcessAborted, "the module had not got it");
  }
  for (const auto& version : all) version->ReturnWaiting();
}

void ModuleVersions::Terminate(const std::string& resource, const std::string& reason, absl::Duration limit,
                               std::function<void(absl::Status)> done) {
  if (const auto active = Active(); !active.ok()) {
    // Without its module nothing ever made the resource available.
    done(absl::IsNotFound(active.status()) ? absl::OkStatus() : active.status());
    return;
  }
  {
    absl::MutexLock lock(&mu_);
    alive_.erase(resource);
    states_.erase(resource);
  }
  DropWaiting(resource);
  auto call = BoundedCall<v1::ModuleTerminateResponse>::Begin(
      parts_.timers, limit, [done = std::move(done)](const absl::StatusOr<v1::ModuleTerminateResponse>& answer) {
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
  routes_->Route(
      resource, ResourceRoutes::Kind::kCall, nullptr,
      [self = shared_from_this(), call, request, limit](const std::string& version, const ResourceRoutes::Hold& hold) {
        CallResource<v1::ModuleTerminateRequest, v1::ModuleTerminateResponse>(
            self->Version(version).get(), request.resource(), "module.terminate", &ModuleCalls::Terminate, request,
            limit, [call, hold](const auto& answer) { call->End(answer); });
      });
}

void ModuleVersions::CheckHealth(const std::string& resource, bool thorough,
                                 std::function<void(absl::StatusOr<v1::ModuleCheckHealthResponse>)> done) {
  if (const auto active = Active(); !active.ok()) {
    done(active.status());
    return;
  }
  v1::ModuleCheckHealthRequest request;
  request.set_resource(resource);
  request.set_thorough(thorough);
  AskHealth(request, /*judge=*/thorough, HealthCall::Begin(parts_.timers, options_.call, std::move(done)));
}

void ModuleVersions::AskHealth(const v1::ModuleCheckHealthRequest& request, bool judge,
                               std::shared_ptr<HealthCall> call) {
  const auto ask = [self = shared_from_this(), call, judge, request](const std::string& version,
                                                                     ResourceRoutes::Hold hold) {
    const auto held = std::make_shared<ResourceRoutes::Hold>(std::move(hold));
    const auto answered = [self, call, held, version, judge,
                           request](const absl::StatusOr<v1::ModuleCheckHealthResponse>& answer) {
      // The resource may have to move before it is asked again.
      held->reset();
      // What the version that is gone back to says of it counts.
      const auto again = [self, call, request] { self->AskHealth(request, /*judge=*/false, call); };
      if (judge && answer.ok() &&
          self->JudgeHealth(request.resource(), version, answer->health(), answer->message(), again)) {
        return;
      }
      call->End(answer);
    };
    CallResource<v1::ModuleCheckHealthRequest, v1::ModuleCheckHealthResponse>(
        self->Version(version).get(), request.resource(), "module.health", &ModuleCalls::CheckHealth, request,
        self->options_.call, answered);
  };
  routes_->Route(request.resource(), ResourceRoutes::Kind::kCall, nullptr, ask);
}

void ModuleVersions::Control(v1::ModuleControlRequest request,
                             std::function<void(absl::StatusOr<v1::ControlResponse>)> done) {
  if (const auto active = Active(); !active.ok()) {
    done(active.status());
    return;
  }
  auto call = BoundedCall<v1::ControlResponse>::Begin(parts_.timers, options_.call, std::move(done));
  const std::string resource = request.resource();
  routes_->Route(resource, ResourceRoutes::Kind::kCall, nullptr,
                 [self = shared_from_this(), call, request = std::move(request)](const std::string& version,
                                                                                 const ResourceRoutes::Hold& hold) {
                   CallResource<v1::ModuleControlRequest, v1::ControlResponse>(
                       self->Version(version).get(), request.resource(), "module.control", &ModuleCalls::Control,
                       request, self->options_.call, [call, hold](const auto& answer) { call->End(answer); });
                 });
}

bool ModuleVersions::IsIdempotent() {
  const absl::StatusOr<std::string> active = Active();
  if (!active.ok()) return false;
  const absl::StatusOr<InstalledModule> found = parts_.catalog->Find(name_, *active);
  return found.ok() && found->manifest.idempotent();
}

}  // namespace resource_broker::broker
