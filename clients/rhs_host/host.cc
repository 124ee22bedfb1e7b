#include "clients/rhs_host/host.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/names/names.h"
#include "clients/rhs_host/host_resource.h"
#include "ipc/utf16.h"

namespace resource_broker::rhs_host {

Host::Host(const HostOptions& options, const ResourceDll* dll, ClusterRegistry* registry, Timeline* timeline)
    : options_(options),
      dll_(dll),
      registry_(registry),
      timeline_(timeline),
      callbacks_(new CallbackScope(this)),
      cluster_calls_(std::make_unique<ClusterCallScope>([this](const ClusterCall& c) { ClusterFunctionCalled(c); })),
      type_lane_(std::make_unique<CallLane>()),
      urgent_calls_(std::make_unique<CallThreads>()),
      watch_([this] { Watch(); }) {}

Host::~Host() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
    changed_.SignalAll();
  }
  watch_.join();
  type_lane_.reset();
  urgent_calls_.reset();
  // From here on callbacks are answered Terminate.
  callbacks_.reset();
  cluster_calls_.reset();
  // The lanes wait for calls under way, which take the mutex; so not under it.
  std::map<std::string, std::unique_ptr<Resource>> resources;
  {
    absl::MutexLock lock(&mutex_);
    resources.swap(resources_);
  }
}

ResourceDll::Started Host::Start(const std::string& type, uint32_t min_version, uint32_t max_version) {
  ResourceDll::Started started;
  absl::StatusOr<std::u16string> name = ipc::Utf16FromUtf8(type);
  if (!name.ok()) {
    started.problem = std::string(name.status().message());
    return started;
  }
  const absl::Duration before = timeline_->Elapsed();
  started = dll_->Start(*name, min_version, max_version);
  const double duration_ms = absl::ToDoubleMilliseconds(timeline_->Elapsed() - before);
  Record record{RecordKind::kReturn,
                "",
                absl::StrFormat("%s type=\"%s\" versions 0x%x to 0x%x: %s in %.3f ms%s%s", dll_->start_routine(), type,
                                min_version, max_version, names::FormatWin32(started.code), duration_ms,
                                started.problem.empty() ? "" : "; ", started.problem),
                {{"entry_point", dll_->start_routine()},
                 {"type", type},
                 {"min_version", uint64_t{min_version}},
                 {"max_version", uint64_t{max_version}},
                 {"code", uint64_t{started.code}},
                 {"duration_ms", duration_ms}}};
  if (!started.problem.empty()) record.fields.push_back({"problem", started.problem});
  timeline_->Add(record);
  if (started.functions != nullptr) {
    absl::MutexLock lock(&mutex_);
    std::unique_ptr<EntryPoints>& entry_points = types_[type];
    if (entry_points == nullptr) entry_points = std::make_unique<EntryPoints>(started.functions, timeline_);
  }
  return started;
}

absl::StatusOr<EntryPoints*> Host::EntryPointsOf(const std::string& type) {
  for (bool started = false;; started = true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto found = types_.find(type);
      if (found != types_.end()) return found->second.get();
    }
    if (started) break;
    const ResourceDll::Started result = Start(type, resapi::CLRES_VERSION_V1_00, resapi::CLRES_VERSION_V4_00);
    if (result.functions == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat(dll_->start_routine(), " for type \"", type,
                       "\" failed: ", result.problem.empty() ? names::FormatWin32(result.code) : result.problem));
    }
  }
  return absl::InternalError("a started type has no entry points");
}

absl::StatusOr<HostCallPtr> Host::Queue(const std::string& resource, ResidChoice choice, bool urgent, Body body) {
  auto call = std::make_shared<HostCall>();
  call->resource = resource;
  absl::MutexLock lock(&mutex_);
  const auto found = resources_.find(resource);
  const bool usable = found != resources_.end() && (found->second->rules || found->second->opening);
  if (!usable && choice.kind == ResidChoice::Kind::kOwn) {
    return absl::NotFoundError(absl::StrCat(resource, " is not open"));
  }
  std::unique_ptr<Resource>& record = resources_[resource];
  if (record == nullptr) record = std::make_unique<Resource>(resource);
  Resource* target = record.get();
  if (target->entry_points == nullptr) {
    if (types_.empty()) return absl::FailedPreconditionError("no type is started: use `startup` or `open` first");
    target->entry_points = types_.begin()->second.get();
  }
  auto run = [this, call, target, choice, urgent, body = std::move(body)] {
    resapi::RESID resid = nullptr;
    EntryPoints* entry_points = nullptr;
    {
      absl::MutexLock run_lock(&mutex_);
      while (!urgent && target->own_terminates > 0) changed_.Wait(&mutex_);
      entry_points = target->entry_points;
      resid = choice.kind == ResidChoice::Kind::kOwn      ? target->resid
              : choice.kind == ResidChoice::Kind::kClosed ? target->closed_resid
                                                          : reinterpret_cast<resapi::RESID>(choice.number);
    }
    {
      absl::MutexLockMaybe serialised(urgent ? nullptr : SerialOf(entry_points));
      call->result = body(target, entry_points, resid);
    }
    {
      absl::MutexLock run_lock(&mutex_);
      target->last = call->result;
      if (!call->result.exception.empty()) {
        Violation(target->name, absl::StrCat(call->result.entry_point, ": ", call->result.exception,
                                             ": RHS would have ended here (bug check 0x9E, source 3)", AfterTheEnd()));
      }
      changed_.SignalAll();
    }
    call->done.Notify();
  };
  if (urgent) {
    urgent_calls_->Start(std::move(run));
  } else {
    target->lane.Add(std::move(run));
  }
  return call;
}

absl::Mutex* Host::SerialOf(const EntryPoints* entry_points) {
  const Assumptions::Scope scope = options_.assumptions.serialised;
  if (scope == Assumptions::Scope::kResource) return nullptr;
  absl::MutexLock lock(&mutex_);
  return &serial_[scope == Assumptions::Scope::kType ? entry_points : nullptr];
}

std::string Host::AfterTheEnd() const {
  int open = 0;
  for (const auto& [name, resource] : resources_) open += resource->rules ? 1 : 0;
  if (options_.assumptions.separates_after_crash) return "; it would go on in an RHS of its own";
  return open < 2 ? "" : absl::StrFormat("; all %d resources of its process would start again (event 1146)", open);
}

std::vector<std::string> Host::OpenResources() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const auto& [name, resource] : resources_) {
    if (resource->rules || resource->opening) names.push_back(name);
  }
  return names;
}

bool Host::Await(const HostCall& call) {
  if (call.done.WaitForNotificationWithTimeout(options_.deadlock_timeout)) return true;
  absl::MutexLock lock(&mutex_);
  stuck_ = true;
  Violation(call.resource,
            absl::StrFormat("a call has not returned within DeadlockTimeout (%d ms): RHS would have been "
                            "ended here (event 1230)%s",
                            absl::ToInt64Milliseconds(options_.deadlock_timeout), AfterTheEnd()));
  return false;
}

bool Host::stuck() const {
  absl::MutexLock lock(&mutex_);
  return stuck_;
}

bool Host::CloseAll() {
  const std::vector<std::string> open = OpenResources();
  std::vector<HostCallPtr> terminates;
  for (const std::string& name : open) {
    if (!View(name).pending) continue;
    absl::StatusOr<HostCallPtr> call = Terminate(name, {});
    if (call.ok()) terminates.push_back(*call);
  }
  bool all_returned = true;
  for (const HostCallPtr& call : terminates) all_returned = all_returned && Await(*call);
  std::vector<HostCallPtr> closes;
  for (const std::string& name : open) {
    absl::StatusOr<HostCallPtr> call = Close(name, {});
    if (call.ok()) closes.push_back(*call);
  }
  for (const HostCallPtr& call : closes) all_returned = all_returned && Await(*call);
  return all_returned;
}

ResourceView Host::ViewOf(const std::string& resource) const {
  ResourceView view;
  view.violations = violations_;
  const auto found = resources_.find(resource);
  if (found == resources_.end()) return view;
  const Resource& record = *found->second;
  view.last = record.last;
  view.failures = record.failures;
  view.open = record.rules.has_value();
  if (!record.rules) return view;
  view.state = record.rules->state();
  view.pending = record.rules->pending();
  view.locked = record.rules->locked();
  view.reports = record.rules->reports();
  view.final_reports = record.rules->final_reports();
  view.last_report = record.rules->last_report();
  return view;
}

ResourceView Host::View(const std::string& resource) {
  absl::MutexLock lock(&mutex_);
  return ViewOf(resource);
}

bool Host::WaitUntil(const std::string& resource, const std::function<bool(const ResourceView&)>& holds,
                     absl::Duration timeout, ResourceView* view) {
  const absl::Duration end = timeline_->Elapsed() + timeout;
  absl::MutexLock lock(&mutex_);
  for (;;) {
    *view = ViewOf(resource);
    if (holds(*view)) return true;
    const absl::Duration left = end - timeline_->Elapsed();
    if (left <= absl::ZeroDuration()) return false;
    changed_.WaitWithTimeout(&mutex_, left);
  }
}

int Host::violations() const {
  absl::MutexLock lock(&mutex_);
  return violations_;
}

void Host::Violation(const std::string& resource, const std::string& text) {
  ++violations_;
  timeline_->Add({RecordKind::kViolation, resource, absl::StrCat("VIOLATION ", text), {{"text", text}}});
  changed_.SignalAll();
}

Verdict Host::Judge(Resource* resource, const std::function<Verdict(ResourceRules*)>& event) {
  if (!resource->rules) return {};
  const resapi::CLUSTER_RESOURCE_STATE before = resource->rules->state();
  const Verdict verdict = event(&*resource->rules);
  Apply(resource, verdict, before);
  return verdict;
}

void Host::Apply(Resource* resource, const Verdict& verdict, resapi::CLUSTER_RESOURCE_STATE before) {
  for (const std::string& note : verdict.notes) {
    timeline_->Add({RecordKind::kNote, resource->name, absl::StrCat("note: ", note), {{"text", note}}});
  }
  for (const std::string& violation : verdict.violations) Violation(resource->name, violation);
  const resapi::CLUSTER_RESOURCE_STATE after = resource->rules->state();
  if (after != before) {
    timeline_->Add({RecordKind::kState,
                    resource->name,
                    absl::StrCat("state ", names::StateName(after)),
                    {{"state", names::StateName(after)}, {"before", names::StateName(before)}}});
  }
  if (!verdict.terminate_because.empty() && options_.terminate_on_failure && !resource->closing && !ending_) {
    timeline_->Add({RecordKind::kNote,
                    resource->name,
                    absl::StrCat("Terminate, since ", verdict.terminate_because),
                    {{"text", absl::StrCat("Terminate, since ", verdict.terminate_because)}}});
    ++resource->own_terminates;
    urgent_calls_->Start([this, resource, entry_points = resource->entry_points, resid = resource->resid] {
      RunTerminate(resource, entry_points, resid, /*failed=*/true);
      absl::MutexLock lock(&mutex_);
      --resource->own_terminates;
      changed_.SignalAll();
    });
  }
  changed_.SignalAll();
}

}  // namespace resource_broker::rhs_host
