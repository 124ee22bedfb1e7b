// What a broker before this one left running, and what there is to tell.
#include <algorithm>
#include <utility>

#include "broker_service/log.h"
#include "broker_service/modules/manifest.h"
#include "broker_service/modules/module_versions.h"

namespace resource_broker::broker {

void ModuleVersions::Adopt(std::vector<v1::RunningModule> running) {
  // The newest process of a version first: an older one had been told to end when it was started.
  std::sort(running.begin(), running.end(),
            [](const v1::RunningModule& a, const v1::RunningModule& b) { return a.start_time() > b.start_time(); });
  std::vector<std::pair<std::shared_ptr<SupervisedModule>, v1::RunningModule>> adopted;
  std::vector<std::shared_ptr<SupervisedModule>> superfluous;
  {
    absl::MutexLock lock(&mu_);
    for (v1::RunningModule& process : running) {
      const std::string& version = process.manifest().version();
      std::shared_ptr<SupervisedModule> adopter = MakeVersion(version);
      if (versions_.try_emplace(version, adopter).second) {
        kept_.insert(version);
      } else {
        ending_.push_back(adopter);
        superfluous.push_back(adopter);
      }
      adopted.emplace_back(std::move(adopter), std::move(process));
    }
    // Never activated: what served, serves on.
    for (const std::string& version : kept_) {
      if (!recorded_ && (record_.active().empty() || OlderVersion(record_.active(), version))) {
        record_.set_active(version);
      }
    }
    routes_->SetTarget(TargetOf(record_));
    // Those whose states count, the newest first; not one that was only being tried.
    std::vector<std::string> earlier;
    std::vector<std::string> served = {record_.active()};
    if (record_.has_canary()) served.push_back(record_.canary().version());
    served.insert(served.end(), record_.previous().begin(), record_.previous().end());
    for (const std::string& version : served) {
      if (kept_.contains(version) && version != tried_before_) earlier.push_back(version);
    }
    routes_->SetEarlier(earlier);
  }
  for (const auto& [version, process] : adopted) version->Adopt(process);
  for (const auto& version : superfluous) {
    LogWarning(LogModule(absl::StrCat(name_, " ", version->version())), ": has a second process, which is stopped");
    version->Stop([] {});
  }
  // Until whoever has something in their hands has asked for it.
  parts_.timers->After(options_.probation, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->routes_->SetEarlier({});
    {
      absl::MutexLock lock(&self->mu_);
      self->kept_.clear();
    }
    self->OnDisk([](ModuleVersions* versions) { versions->StopUnneeded(); });
  });
  // One that was only being tried has nothing but what is resumed at once.
  parts_.timers->After(options_.call, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    {
      absl::MutexLock lock(&self->mu_);
      self->kept_.erase(self->tried_before_);
    }
    self->OnDisk([](ModuleVersions* versions) { versions->StopUnneeded(); });
  });
}

v1::ModuleStatus ModuleVersions::Status() {
  const absl::StatusOr<std::string> active = Active();
  v1::ModuleStatus status;
  if (active.ok()) {
    if (const auto version = FindVersion(*active)) status = version->Status();
    status.set_version(*active);
  } else {
    status.set_message(std::string(active.status().message()));
  }
  status.set_name(name_);
  if (status.state() == v1::ModuleStatus::STATE_UNSPECIFIED) status.set_state(v1::ModuleStatus::STOPPED);
  if (status.message().empty()) status.set_message(RollbackNotice());
  return status;
}

v1::ModuleVersions ModuleVersions::Versions() {
  Active().IgnoreError();
  std::vector<std::string> names = parts_.catalog->Versions(name_);
  v1::ModuleVersions answer;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [name, version] : versions_) names.push_back(name);
    answer.set_name(name_);
    answer.set_active(record_.active());
    *answer.mutable_previous() = record_.previous();
    answer.set_canary(record_.canary().version());
    answer.set_canary_percent(record_.canary().percent());
    answer.set_activating(trying_);
    answer.set_rolled_back(rolled_back_);
    if (record_.has_probation()) {
      answer.set_probation(record_.probation().version());
      const absl::Duration left = std::max(probation_end_ - parts_.clock->Monotonic(), absl::ZeroDuration());
      answer.set_probation_left_ms(static_cast<uint64_t>(absl::ToInt64Milliseconds(left)));
    }
  }
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return OlderVersion(b, a); });
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names) {
    v1::ModuleVersions::VersionStatus* status = answer.add_versions();
    status->set_version(name);
    status->set_state(v1::ModuleStatus::STOPPED);
    const auto installed = parts_.catalog->Find(name_, name);
    if (!installed.ok()) status->set_fault(std::string(installed.status().message()));
    const auto version = FindVersion(name);
    if (version == nullptr) continue;
    const v1::ModuleStatus now = version->Status();
    status->set_process_id(now.process_id());
    status->set_state(now.state());
    if (status->fault().empty()) status->set_fault(now.message());
    const ResourceRoutes::Counts counts = routes_->CountsOf(name);
    status->set_resources(counts.resources);
    status->set_operations(counts.operations);
  }
  return answer;
}

std::string ModuleVersions::RollbackNotice() const {
  absl::MutexLock lock(&mu_);
  return rolled_back_;
}

}  // namespace resource_broker::broker
