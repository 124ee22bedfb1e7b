// The queue as a whole and its limits, as administrators have them.
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "broker_service/events/event_log.h"
#include "broker_service/log.h"
#include "broker_service/operations/operation_engine.h"

namespace resource_broker::broker {

std::string OperationEngine::PauseMessage() const { return absl::StrCat("the queue is paused: ", pause_.reason); }

// What may not wait; also behind an operation that runs, whose end would change nothing.
void OperationEngine::RefusePaused(Resource* resource) {
  if (!pause_.paused) return;
  const std::deque<Operation*> line = resource->line;  // Refuse changes it
  for (Operation* operation : line) {
    const bool begun = operation->phase != Operation::Phase::kWaiting || operation->run_lost;
    if (begun || operation->request->kind() != v1::OFFLINE || operation->flags.returning_to_source ||
        MayQueue(*operation)) {
      continue;
    }
    Refuse(operation, resource, kStatusSourceThrottled, PauseMessage());
  }
}

void OperationEngine::ScheduleAll() {
  std::vector<Resource*> waiting;
  resources_.ForEach([&waiting](const std::string& name, Resource& resource) {
    if (!resource.line.empty()) waiting.push_back(&resource);
  });
  for (Resource* resource : waiting) Schedule(resource);
}

void OperationEngine::SetPause(bool paused, const std::string& reason, std::function<void(absl::Status)> done) {
  Turn turn(this);
  PauseRecord record;
  record.paused = paused;
  if (paused) {
    record.reason = reason;
    record.since_unix_us = parts_.clock->WallMicros();
  }
  out_.Push([journal = parts_.journal, record = std::move(record), done = std::move(done), weak = weak_from_this()] {
    journal->SavePause(record, [record, done, weak](const absl::Status& status) {
      if (const auto engine = weak.lock(); engine != nullptr && status.ok()) engine->OnPauseSaved(record);
      done(status);
    });
  });
}

void OperationEngine::OnPauseSaved(const PauseRecord& record) {
  Turn turn(this);
  const bool was_paused = std::exchange(pause_, record).paused;
  if (record.paused) {
    RaiseEvent(EventId::kQueuePaused, record.reason);
  } else if (was_paused) {
    RaiseEvent(EventId::kQueueResumed);
  }
  // Those who wait are told why; or they go.
  ScheduleAll();
}

void OperationEngine::SetLimits(const std::optional<ThrottleLimits>& limits) {
  Turn turn(this);
  throttles_.SetLimits(limits.value_or(configured_limits_));
  while (const std::optional<Throttles::Waiter> waiter = throttles_.TakeAnyWaiter()) Serve(*waiter);
}

void OperationEngine::SetConfiguredLimits(const ThrottleLimits& limits) {
  {
    Turn turn(this);
    configured_limits_ = limits;
  }
  SetLimits(std::nullopt);
}

void OperationEngine::HoldModule(const std::string& module, std::function<void()> idle) {
  Turn turn(this);
  held_modules_[module] = std::move(idle);
  ScheduleAll();
  TellModulesIdle();
}

void OperationEngine::ReleaseModule(const std::string& module) {
  Turn turn(this);
  held_modules_.erase(module);
  ScheduleAll();
}

void OperationEngine::TellModulesIdle() {
  for (auto& [module, idle] : held_modules_) {
    if (idle == nullptr || throttles_.RunningIn(module) > 0) continue;
    bool terminating = false;
    resources_.ForEach([&terminating, name = &module](const std::string&, const Resource& resource) {
      terminating = terminating || (resource.terminating > 0 && resource.spec.module == *name);
    });
    if (!terminating) out_.Push(std::exchange(idle, nullptr));
  }
}

}  // namespace resource_broker::broker
