// Probation, and the ways back.
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/events/event_log.h"
#include "broker_service/faults/faults.h"
#include "broker_service/log.h"
#include "broker_service/modules/module_versions.h"

namespace resource_broker::broker {

void ModuleVersions::BeginProbation() {
  parts_.timers->Cancel(std::exchange(probation_timer_, 0));
  probation_failures_ = 0;
  if (!record_.has_probation()) return;
  probation_end_ = parts_.clock->Monotonic() + options_.probation;
  probation_timer_ = parts_.timers->After(options_.probation, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->OnDisk([](ModuleVersions* self) { self->EndProbation(); });
  });
}

void ModuleVersions::EndProbation() {
  {
    absl::MutexLock lock(&mu_);
    if (parts_.clock->Monotonic() < probation_end_ || !record_.has_probation()) return;
    LogInfo(LogModule(name_), ": ", record_.probation().version(), " has passed its probation");
    record_.clear_probation();
    probation_timer_ = 0;
    alive_.clear();
    states_.clear();
    states_bytes_ = 0;
  }
  // Should it not be written, a broker after this one watches it once more.
  SaveRecord();
  StopUnneeded();
}

bool ModuleVersions::JudgeHealth(const std::string& resource, const std::string& version, v1::Health health,
                                 const std::string& message, std::function<void()> then) {
  {
    absl::MutexLock lock(&mu_);
    if (health != v1::DEAD || record_.probation().version() != version || !alive_.contains(resource)) return false;
  }
  FailProbation(absl::StrCat("resource \"", resource, "\" was alive before it, and is dead: ", message),
                std::move(then));
  return true;
}

void ModuleVersions::FailProbation(const std::string& why, std::function<void()> then) {
  Rollback(why, [name = name_, then = std::move(then)](const absl::StatusOr<v1::RollbackModuleResponse>& answer) {
    if (!answer.ok()) LogWarning(LogModule(name), ": can't be rolled back: ", answer.status().message());
    if (then != nullptr) then();
  });
}

void ModuleVersions::Rollback(const std::string& why, RolledBack done) {
  absl::Status refused;
  {
    absl::MutexLock lock(&mu_);
    if (!under_way_.empty()) {
      refused =
          absl::FailedPreconditionError(absl::StrCat("module \"", name_, "\": the ", under_way_, " is under way"));
    } else if (!stopping_) {
      under_way_ = "rollback";
    }
  }
  if (!refused.ok()) {
    done(refused);
    return;
  }
  const auto task = [why, done](ModuleVersions* self) {
    absl::StatusOr<v1::RollbackModuleResponse> answer = self->RollBackNow(why);
    {
      absl::MutexLock lock(&self->mu_);
      self->under_way_.clear();
    }
    done(std::move(answer));
  };
  if (!OnDisk(task)) done(absl::UnavailableError("the broker is stopping"));
}

absl::StatusOr<v1::ActiveModule> ModuleVersions::PlanRollback(bool on_probation) {
  v1::ActiveModule plan;
  {
    absl::MutexLock lock(&mu_);
    plan = record_;
  }
  if (on_probation && !plan.has_probation()) return absl::CancelledError("it is not on probation any more");
  plan.clear_probation();
  if (plan.has_canary()) {
    plan.clear_canary();
    return plan;
  }
  while (plan.previous_size() > 0) {
    const std::string version = plan.previous(0);
    plan.mutable_previous()->erase(plan.previous().begin());
    if (!parts_.catalog->Find(name_, version).ok()) continue;
    plan.set_active(version);
    return plan;
  }
  return absl::FailedPreconditionError(
      absl::StrCat("module \"", name_, "\": no version that was active before is installed and in order"));
}

absl::StatusOr<v1::RollbackModuleResponse> ModuleVersions::RollBackNow(const std::string& why) {
  const absl::StatusOr<v1::ActiveModule> plan = PlanRollback(!why.empty());
  if (!plan.ok()) return plan.status();
  absl::Status status = BeforeFaultPoint(FaultPoint::kRollbackRecorded);
  if (status.ok()) status = records_.Save(*plan);
  if (!status.ok()) return status;
  AfterFaultPoint(FaultPoint::kRollbackRecorded);
  v1::RollbackModuleResponse response;
  response.set_version(plan->active());
  {
    absl::MutexLock lock(&mu_);
    response.set_previous(record_.has_canary() ? record_.canary().version() : record_.active());
    alive_.clear();
    if (!why.empty()) {
      rolled_back_ = absl::StrCat("module \"", name_, "\" was rolled back from ", response.previous(), " to ",
                                  response.version(), ": ", why);
      RaiseEvent(EventId::kModuleRolledBack, name_, response.previous(), response.version(), why);
    } else {
      LogInfo(LogModule(name_), ": is rolled back from ", response.previous(), " to ", response.version());
    }
  }
  Switch(*plan);
  return response;
}

}  // namespace resource_broker::broker
