// Another version takes over.
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/events/event_log.h"
#include "broker_service/faults/faults.h"
#include "broker_service/log.h"
#include "broker_service/modules/module_versions.h"
#include "resource_broker/v1/protocol_versions.h"

namespace resource_broker::broker {
namespace {

// `version` in front, each once, not more than may be kept.
void PutInFront(const std::string& version, const std::string& active, size_t keep, v1::ActiveModule* record) {
  std::vector<std::string> previous = {version};
  for (const std::string& other : record->previous()) {
    if (other != version && other != active && previous.size() < keep) previous.push_back(other);
  }
  record->clear_previous();
  for (std::string& other : previous) record->add_previous(std::move(other));
}

absl::Status CheckProtocol(const v1::ModuleManifest& manifest) {
  if (manifest.min_protocol() <= kMaxProtocolVersion && manifest.max_protocol() >= kMinProtocolVersion) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat("module \"", manifest.name(), "\" ", manifest.version(),
                                                    " speaks versions ", manifest.min_protocol(), " to ",
                                                    manifest.max_protocol(), " of the module contract, this broker ",
                                                    kMinProtocolVersion, " to ", kMaxProtocolVersion));
}

}  // namespace

void ModuleVersions::Activate(const std::string& version, uint32_t canary_percent, Activated done) {
  absl::Status refused;
  {
    absl::MutexLock lock(&mu_);
    if (stopping_) {
      refused = absl::UnavailableError("the broker is stopping");
    } else if (!under_way_.empty()) {
      refused =
          absl::FailedPreconditionError(absl::StrCat("module \"", name_, "\": the ", under_way_, " is under way"));
    } else {
      under_way_ = absl::StrCat("activation of ", version);
    }
  }
  if (!refused.ok()) {
    done(refused);
    return;
  }
  const auto task = [version, canary_percent, done](ModuleVersions* self) {
    absl::StatusOr<v1::ActiveModule> plan = self->Plan(version, canary_percent);
    if (plan.ok() && plan->probation().version() == version) {
      self->BeginCheck(*plan, version, done);
      return;
    }
    {
      absl::MutexLock lock(&self->mu_);
      self->under_way_.clear();
    }
    if (!plan.ok()) {
      done(plan.status());
      return;
    }
    // It is active already: whoever asks again for want of an answer gets it. One that is broken is tried again.
    if (const auto active = self->FindVersion(version)) active->Mend();
    v1::ActivateModuleResponse response;
    response.set_previous(version);
    done(std::move(response));
  };
  if (!OnDisk(task)) done(absl::UnavailableError("the broker is stopping"));
}

// The record as it is to be once `version` is activated and on probation; without that where it is active already.
absl::StatusOr<v1::ActiveModule> ModuleVersions::Plan(const std::string& version, uint32_t canary_percent) {
  if (canary_percent > 99) return absl::InvalidArgumentError("canary_percent: must be 0 to 99");
  const absl::StatusOr<InstalledModule> installed = parts_.catalog->Find(name_, version);
  if (!installed.ok()) return installed.status();
  if (absl::Status status = CheckProtocol(installed->manifest); !status.ok()) return status;
  if (const absl::StatusOr<std::string> active = Active(); !active.ok()) return active.status();
  absl::MutexLock lock(&mu_);
  v1::ActiveModule plan = record_;
  if (version == plan.active()) {
    if (plan.has_canary() || canary_percent > 0) {
      return absl::FailedPreconditionError(absl::StrCat("module \"", name_, "\": ", version,
                                                        " is active; a canary of another version ends by rollback"));
    }
    plan.clear_probation();
    return plan;
  }
  if (plan.has_canary() && plan.canary().version() != version) {
    return absl::FailedPreconditionError(absl::StrCat("module \"", name_, "\": the canary of ", plan.canary().version(),
                                                      " comes first: make it whole, or roll it back"));
  }
  if (canary_percent > 0) {
    plan.mutable_canary()->set_version(version);
    plan.mutable_canary()->set_percent(canary_percent);
  } else {
    PutInFront(plan.active(), version, options_.keep_versions, &plan);
    plan.set_active(version);
    plan.clear_canary();
  }
  plan.mutable_probation()->set_version(version);
  plan.mutable_probation()->set_since_unix_us(parts_.clock->WallMicros());
  return plan;
}

void ModuleVersions::BeginCheck(const v1::ActiveModule& plan, const std::string& version, Activated done) {
  absl::Status status = BeforeFaultPoint(FaultPoint::kActivationStarted);
  v1::ActiveModule begun;
  {
    absl::MutexLock lock(&mu_);
    begun = record_;
  }
  begun.set_activating(version);
  if (status.ok()) status = records_.Save(begun);
  if (!status.ok()) {
    GiveUp(version, {}, status, done);
    return;
  }
  AfterFaultPoint(FaultPoint::kActivationStarted);
  LogInfo(LogModule(name_), ": ", version, " is tried");
  {
    absl::MutexLock lock(&mu_);
    trying_ = version;
  }
  std::vector<MovingResource> resources;
  for (ResourceSpec& spec : routes_->WouldMoveTo(version, TargetOf(plan))) {
    auto now = FindVersion(routes_->ServedBy(spec.resource));
    if (now != nullptr) resources.push_back({std::move(spec), std::move(now)});
  }
  std::vector<std::string> opened;
  for (const MovingResource& resource : resources) opened.push_back(resource.spec.resource);
  ActivationCheck::Begin(
      Version(version), std::move(resources), options_, parts_.clock,
      [routes = routes_](const std::string& resource) { return routes->HasOperation(resource); },
      [weak = weak_from_this(), plan, version, opened = std::move(opened),
       done = std::move(done)](absl::StatusOr<CheckedVersion> checked) {
        const auto self = weak.lock();
        if (self == nullptr) {
          done(absl::UnavailableError("the broker is stopping"));
          return;
        }
        if (!checked.ok()) {
          self->GiveUp(version, opened, checked.status(), done);
          return;
        }
        const auto next = [plan, version, opened, done, checked = *std::move(checked)](ModuleVersions* self) {
          self->OnChecked(plan, version, opened, checked, done);
        };
        if (!self->OnDisk(next)) done(absl::UnavailableError("the broker is stopping"));
      });
}

void ModuleVersions::OnChecked(v1::ActiveModule plan, const std::string& version,
                               const std::vector<std::string>& opened, CheckedVersion checked, const Activated& done) {
  absl::Status status = BeforeFaultPoint(FaultPoint::kActivationChecked);
  if (status.ok()) status = BeforeFaultPoint(FaultPoint::kActivationRecorded);
  absl::Duration begun = parts_.clock->Monotonic();
  if (status.ok()) status = records_.Save(plan);
  if (!status.ok()) {
    GiveUp(version, opened, status, done);
    return;
  }
  AfterFaultPoint(FaultPoint::kActivationRecorded);
  const auto add_step = [&](const char* name) {
    v1::ActivationStep step;
    step.set_name(name);
    const absl::Duration now = parts_.clock->Monotonic();
    step.set_duration_us(static_cast<uint64_t>(absl::ToInt64Microseconds(now - begun)));
    begun = now;
    checked.steps.push_back(std::move(step));
  };
  add_step("recorded");
  ReachFaultPoint(FaultPoint::kActivationSwitched);
  v1::ActivateModuleResponse response;
  {
    absl::MutexLock lock(&mu_);
    response.set_previous(record_.active());
    alive_ = std::move(checked.alive);
    states_.clear();
    states_bytes_ = 0;
    rolled_back_.clear();
    trying_.clear();
    under_way_.clear();
  }
  Switch(plan);
  add_step("switched");
  AfterFaultPoint(FaultPoint::kActivationSwitched);
  RaiseEvent(EventId::kModuleActivated, name_, version,
             plan.has_canary() ? absl::StrCat(plan.canary().percent(), " % of the resources") : "all new operations");
  for (v1::ActivationStep& step : checked.steps) *response.add_steps() = std::move(step);
  done(std::move(response));
}

// Nothing has changed: what was begun for it is taken back.
void ModuleVersions::GiveUp(const std::string& version, const std::vector<std::string>& opened, const absl::Status& why,
                            const Activated& done) {
  RaiseEvent(EventId::kModuleNotActivated, name_, version, why.message());
  if (const auto next = FindVersion(version)) {
    for (const std::string& resource : opened) {
      if (routes_->ServedBy(resource) != version) next->CloseResource(resource);
    }
  }
  {
    absl::MutexLock lock(&mu_);
    trying_.clear();
    under_way_.clear();
  }
  OnDisk([](ModuleVersions* self) {
    self->StopUnneeded();
    self->SaveRecord();
  });
  const absl::StatusCode code = absl::IsUnavailable(why) ? absl::StatusCode::kAborted : why.code();
  done(absl::Status(code, absl::StrCat("module \"", name_, "\" ", version, " is not activated: ", why.message())));
}

// The record is durable: from now on it is what counts.
void ModuleVersions::Switch(const v1::ActiveModule& record) {
  {
    absl::MutexLock lock(&mu_);
    record_ = record;
    BeginProbation();
  }
  routes_->SetTarget(TargetOf(record));
  OnDisk([](ModuleVersions* self) { self->StopUnneeded(); });
}

}  // namespace resource_broker::broker
