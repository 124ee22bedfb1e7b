#include "broker_service/modules/module_versions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/events/event_log.h"
#include "broker_service/faults/faults.h"
#include "broker_service/log.h"
#include "broker_service/modules/hand_over.h"
#include "broker_service/modules/manifest.h"

namespace resource_broker::broker {
namespace {

// Of all resources of a module, during a probation.
constexpr size_t kMaxStatesBytes = 64 << 20;

// The same on every machine and in every release: a canary's resources stay the same ones.
uint32_t PercentileOf(const std::string& resource) {
  uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const char c : resource) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211ULL;
  // Its low bits alone are poor.
  return static_cast<uint32_t>((hash ^ (hash >> 32)) % 100);
}

}  // namespace

ResourceRoutes::Target TargetOf(const v1::ActiveModule& record) {
  if (!record.has_canary()) return [active = record.active()](const std::string&) { return active; };
  return [active = record.active(), canary = record.canary()](const std::string& resource) {
    return PercentileOf(resource) < canary.percent() ? canary.version() : active;
  };
}

std::shared_ptr<ModuleVersions> ModuleVersions::Create(std::string name, const ModuleParts& parts,
                                                       const ModuleOptions& options,
                                                       std::weak_ptr<ModuleListener> listener) {
  std::shared_ptr<ModuleVersions> made(new ModuleVersions(std::move(name), parts, options, std::move(listener)));
  made->routes_ = std::make_shared<ResourceRoutes>(made);
  absl::StatusOr<v1::ActiveModule> record = made->records_.Load(made->name_);
  absl::MutexLock lock(&made->mu_);
  made->record_.set_name(made->name_);
  if (record.ok() && absl::IsNotFound(parts.catalog->Find(made->name_, record->active()).status())) {
    RaiseEvent(EventId::kModuleVersionLost, made->name_,
               absl::StrCat(record->active(), ", which was active, is not installed any more"));
  } else if (record.ok()) {
    made->record_ = *std::move(record);
    made->recorded_ = true;
    made->tried_before_ = made->record_.activating();
    made->record_.clear_activating();
    if (made->record_.has_probation()) made->BeginProbation();
  } else if (!absl::IsNotFound(record.status())) {
    RaiseEvent(EventId::kModuleVersionLost, made->name_, record.status().message());
  }
  made->routes_->SetTarget(TargetOf(made->record_));
  return made;
}

ModuleVersions::ModuleVersions(std::string name, const ModuleParts& parts, const ModuleOptions& options,
                               std::weak_ptr<ModuleListener> listener)
    : name_(std::move(name)),
      parts_(parts),
      options_(options),
      listener_(std::move(listener)),
      records_(options.active_directory),
      log_file_(ModuleLogFile::Open(options.log_directory, name_)) {}

// The first use of a module that was never activated decides: the highest version that is in order.
absl::StatusOr<std::string> ModuleVersions::Active() {
  {
    absl::MutexLock lock(&mu_);
    if (!record_.active().empty()) return record_.active();
  }
  const absl::StatusOr<InstalledModule> highest = parts_.catalog->Find(name_);
  if (!highest.ok()) return highest.status();
  std::string active;
  {
    absl::MutexLock lock(&mu_);
    if (record_.active().empty()) {
      record_.set_active(highest->manifest.version());
      routes_->SetTarget(TargetOf(record_));
    }
    active = record_.active();
  }
  // So that no version that is only staged serves once the broker has been started again.
  OnDisk([](ModuleVersions* self) { self->SaveRecord(); });
  return active;
}

void ModuleVersions::SaveRecord() {
  v1::ActiveModule record;
  {
    absl::MutexLock lock(&mu_);
    record = record_;
    if (!trying_.empty()) record.set_activating(trying_);
  }
  // What it says beyond what is on the disk already is not needed.
  if (const absl::Status status = records_.Save(record); !status.ok()) LogWarning(status.message());
}

std::shared_ptr<SupervisedModule> ModuleVersions::FindVersion(const std::string& version) const {
  absl::MutexLock lock(&mu_);
  const auto found = versions_.find(version);
  return found == versions_.end() ? nullptr : found->second;
}

std::shared_ptr<SupervisedModule> ModuleVersions::MakeVersion(const std::string& version) {
  return std::make_shared<SupervisedModule>(name_, version, parts_.catalog, options_, parts_.clock, parts_.timers,
                                            log_file_ == nullptr ? nullptr : log_file_->sink(), weak_from_this());
}

std::shared_ptr<SupervisedModule> ModuleVersions::Version(const std::string& version) {
  std::shared_ptr<SupervisedModule> late;
  {
    absl::MutexLock lock(&mu_);
    std::shared_ptr<SupervisedModule>& entry = versions_[version];
    if (entry != nullptr) return entry;
    entry = MakeVersion(version);
    if (!stopping_) return entry;
    late = entry;
  }
  // It says that the broker stops.
  late->Stop([] {});
  return late;
}

bool ModuleVersions::Needed(const std::string& version) const {
  if (version == record_.active() || version == record_.canary().version() || version == trying_) return true;
  if (kept_.contains(version)) return true;
  // At hand for a way back.
  if (record_.has_probation() && record_.previous_size() > 0 && version == record_.previous(0)) return true;
  const ResourceRoutes::Counts counts = routes_->CountsOf(version);
  return counts.resources > 0 || counts.operations > 0;
}

bool ModuleVersions::OnDisk(std::function<void(ModuleVersions*)> task) {
  absl::MutexLock lock(&mu_);
  if (stopping_) return false;
  parts_.disk->After(absl::ZeroDuration(), [weak = weak_from_this(), task = std::move(task)] {
    if (const auto self = weak.lock()) task(self.get());
  });
  return true;
}

void ModuleVersions::StopUnneeded() {
  std::vector<std::shared_ptr<SupervisedModule>> unneeded;
  {
    absl::MutexLock lock(&mu_);
    if (stopping_) return;
    for (auto version = versions_.begin(); version != versions_.end();) {
      if (Needed(version->first)) {
        ++version;
        continue;
      }
      unneeded.push_back(version->second);
      ending_.push_back(version->second);
      told_.ForgetVersion(version->first);
      version = versions_.erase(version);
    }
  }
  for (const auto& version : unneeded) {
    LogInfo(LogModule(absl::StrCat(name_, " ", version->version())), ": has nothing left to do");
    ReachFaultPoint(FaultPoint::kActivationDrained);
    version->Stop([weak = weak_from_this(), ended = version.get()] {
      const auto self = weak.lock();
      if (self == nullptr) return;
      absl::MutexLock lock(&self->mu_);
      self->ending_.remove_if([ended](const auto& other) { return other.get() == ended; });
    });
    AfterFaultPoint(FaultPoint::kActivationDrained);
  }
}

void ModuleVersions::OnLeft() {
  {
    absl::MutexLock lock(&mu_);
    if (versions_.size() < 2) return;
  }
  OnDisk([](ModuleVersions* self) { self->StopUnneeded(); });
}

void ModuleVersions::Tell(std::function<void(ModuleListener*)> what) {
  tells_.Push([listener = listener_, what = std::move(what)] {
    if (const auto told = listener.lock()) what(told.get());
  });
}

void ModuleVersions::TellAll(const std::vector<v1::ModuleNotification>& notifications) {
  for (const v1::ModuleNotification& notification : notifications) {
    Tell([name = name_, notification](ModuleListener* listener) { listener->OnNotification(name, notification); });
  }
}

void ModuleVersions::OnNotification(const std::string& version, const v1::ModuleNotification& notification) {
  {
    absl::MutexLock lock(&mu_);
    if (versions_.count(version) == 0) return;
    told_.Note(version, notification);
    // Of one that serves it not yet, it is told when that has changed.
    if (routes_->ServedBy(notification.resource()) != version) return;
  }
  const auto tell = [self = shared_from_this(), version, notification] {
    {
      absl::MutexLock lock(&self->mu_);
      if (self->routes_->ServedBy(notification.resource()) == version) self->TellAll({notification});
    }
    self->tells_.Run();
  };
  if (!JudgeHealth(notification.resource(), version, notification.health(), notification.message(), tell)) tell();
}

void ModuleVersions::OnServed(const std::string& resource, const std::string& from, const std::string& to) {
  {
    absl::MutexLock lock(&mu_);
    if (from == to) return;
    TellAll(told_.Of(resource, to));
    const ToldStates::Told before = told_.Find(resource, from);
    if (before.lock.has_value() || before.dead.has_value()) {
      // What the new one has not told is so by default; but it may be about to.
      parts_.timers->After(options_.tells, [weak = weak_from_this(), resource, to, before] {
        if (const auto self = weak.lock()) self->TellDefaults(resource, to, before);
      });
    }
  }
  tells_.Run();
}

void ModuleVersions::TellDefaults(const std::string& resource, const std::string& version,
                                  const ToldStates::Told& before) {
  {
    absl::MutexLock lock(&mu_);
    if (routes_->ServedBy(resource) != version) return;
    const ToldStates::Told now = told_.Find(resource, version);
    v1::ModuleNotification change;
    change.set_resource(resource);
    change.set_message("another version of its module serves it");
    std::vector<v1::ModuleNotification> changes;
    if (before.lock.has_value() && !now.lock.has_value()) {
      change.mutable_lock()->set_locked(false);
      changes.push_back(change);
    }
    if (before.dead.has_value() && !now.dead.has_value()) {
      change.set_health(v1::ALIVE);
      changes.push_back(change);
    }
    TellAll(changes);
  }
  tells_.Run();
}

void ModuleVersions::OnVersionGone(const std::string& version, const ModuleFailure& failure) {
  bool again = false;
  {
    absl::MutexLock lock(&mu_);
    told_.ForgetVersion(version);
    if (record_.probation().version() == version && failure.win32_code != 0) again = ++probation_failures_ >= 2;
    Tell([name = name_, resources = routes_->ResourcesOf(version)](ModuleListener* listener) {
      listener->OnModuleLost(name, resources);
    });
  }
  tells_.Run();
  if (again) FailProbation(absl::StrCat("it failed twice: ", failure.message), nullptr);
}

void ModuleVersions::Move(const ResourceSpec& spec, const std::vector<std::string>& from, const std::string& to,
                          std::function<void()> done) {
  std::vector<std::shared_ptr<SupervisedModule>> versions;
  for (const std::string& version : from) {
    if (auto found = FindVersion(version)) versions.push_back(std::move(found));
  }
  std::optional<v1::ExportedState> kept;
  {
    absl::MutexLock lock(&mu_);
    const auto found = states_.find(spec.resource);
    if (found != states_.end()) {
      kept = std::move(found->second);
      states_.erase(found);
    }
  }
  MoveResource(spec, std::move(versions), Version(to), std::move(kept), options_.call,
               [self = shared_from_this(), resource = spec.resource,
                done = std::move(done)](std::optional<v1::ExportedState> state) {
                 if (state.has_value()) {
                   absl::MutexLock lock(&self->mu_);
                   const size_t bytes = state->data().size();
                   if (self->record_.has_probation() && self->states_bytes_ + bytes <= kMaxStatesBytes) {
                     self->states_bytes_ += bytes;
                     self->states_[resource] = *std::move(state);
                   }
                 }
                 done();
               });
}

void ModuleVersions::OnClosed(const std::string& resource, const std::vector<std::string>& versions) {
  std::vector<std::shared_ptr<SupervisedModule>> all;
  {
    absl::MutexLock lock(&mu_);
    told_.ForgetResource(resource);
    alive_.erase(resource);
    states_.erase(resource);
    for (const auto& [name, version] : versions_) all.push_back(version);
  }
  for (const auto& version : all) {
    if (std::find(versions.begin(), versions.end(), version->version()) != versions.end()) {
      version->TakeResource(resource);
    } else {
      // One that is being tried may have been told of it.
      version->CloseResource(resource);
    }
  }
}

absl::Status ModuleVersions::BeginDrain() {
  absl::MutexLock lock(&mu_);
  if (stopping_) return absl::UnavailableError("the broker is stopping");
  if (!under_way_.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("module \"", name_, "\": the ", under_way_, " is under way"));
  }
  under_way_ = "drain";
  return absl::OkStatus();
}

void ModuleVersions::EndProcesses(const std::function<void(uint32_t)>& done) {
  std::vector<std::shared_ptr<SupervisedModule>> serving;
  std::vector<std::shared_ptr<SupervisedModule>> ending;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [name, version] : versions_) serving.push_back(version);
    ending.assign(ending_.begin(), ending_.end());
  }
  const auto count = std::make_shared<uint32_t>(0);
  // The last one, or this call itself where there is none, lets go of it and so calls it.
  const std::shared_ptr<void> last(nullptr, [done, count](void*) { done(*count); });
  for (const auto& version : serving) *count += version->Status().process_id() != 0 ? 1 : 0;
  for (const auto& version : ending) *count += version->Status().process_id() != 0 ? 1 : 0;
  for (const auto& version : serving) version->EndProcess([last] {});
  for (const auto& version : ending) version->Stop([last] {});
}

void ModuleVersions::EndDrain() {
  absl::MutexLock lock(&mu_);
  under_way_.clear();
}

void ModuleVersions::Stop(const std::shared_ptr<void>& last) {
  std::vector<std::shared_ptr<SupervisedModule>> all;
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    for (const auto& [name, version] : versions_) all.push_back(version);
    all.insert(all.end(), ending_.begin(), ending_.end());
  }
  for (const auto& version : all) version->Stop([last] {});
}

void ModuleVersions::LetGo() {
  std::vector<std::shared_ptr<SupervisedModule>> all;
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    for (const auto& [name, version] : versions_) all.push_back(version);
    all.insert(all.end(), ending_.begin(), ending_.end());
  }
  for (const auto& version : all) version->LetGo();
}

}  // namespace resource_broker::broker
