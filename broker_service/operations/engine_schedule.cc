// Whose turn it is.
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {

bool OperationEngine::HeldUp(const Operation& operation, const Resource& resource) const {
  if (operation.backing_off) return true;
  return resource.locked && !operation.flags.Undelayable();
}

// Gives the module the first operation in line that may go. One that is held up by a lock, or waits for its next try,
// is overtaken only by those whose flags say that a lock must not delay them.
void OperationEngine::Schedule(Resource* resource) {
  if (resource->run != 0 || resource->terminating > 0) {
    for (Operation* operation : resource->line) {
      if (operation->phase == Operation::Phase::kWaiting && !operation->backing_off) {
        Wait(operation, "waits for the operation before it");
      }
    }
    return;
  }
  bool overtaking = false;
  for (size_t i = 0; i < resource->line.size();) {
    Operation* operation = resource->line[i];
    if (overtaking && !operation->flags.Undelayable()) {
      if (!operation->backing_off) Wait(operation, "waits for the operation before it");
      ++i;
      continue;
    }
    if (HeldUp(*operation, *resource)) {
      if (operation->backing_off || operation->flags.queue_enabled) {
        if (!operation->backing_off) Wait(operation, "the resource is locked");
        overtaking = true;
        ++i;
        continue;
      }
      const bool offline = operation->request->kind() == v1::OFFLINE;
      Finish(operation, resource,
             {v1::REFUSED, offline ? v1::RESOURCE_ONLINE : resource->state, win32::kClusterResourceLockedStatus, 0,
              offline ? kStatusOfflineBusy : 0, "the resource is locked"});
      continue;  // it left the line
    }
    if (runs_ >= options_.max_running_operations && !operation->flags.returning_to_source) {
      Wait(operation, absl::StrCat("all ", options_.max_running_operations, " places are taken"));
      if (!resource->waits_for_place) {
        resource->waits_for_place = true;
        place_line_.push_back(operation->request->resource());
      }
      return;
    }
    BeginRun(operation, resource);
    return;
  }
}

void OperationEngine::Wait(Operation* operation, std::string what_for) {
  if (operation->waits_for == what_for) return;
  operation->waits_for = what_for;
  AddEvent(operation, v1::QUEUED, std::move(what_for));
}

void OperationEngine::BeginRun(Operation* operation, Resource* resource) {
  ++runs_;
  resource->run = ++last_run_;
  operation->phase = Operation::Phase::kRunning;
  operation->waits_for.clear();
  ++operation->attempt;
  operation->resume = false;
  operation->module_step = 0;
  if (!operation->first_run_at.has_value()) operation->first_run_at = parts_.clock->Monotonic();
  AddEvent(operation, v1::RUNNING, "");
  // Not before RUNNING is durable: after a crash nobody could tell whether a module has it.
  operation->execute_when_saved = operation->events.size();
}

void OperationEngine::ReleaseRun(Resource* resource) {
  resource->run = 0;
  --runs_;
  CloseAtModule(resource);
  while (!place_line_.empty() && runs_ < options_.max_running_operations) {
    Resource* next = resources_.Find(place_line_.front());
    place_line_.pop_front();
    if (next == nullptr) continue;
    next->waits_for_place = false;
    Schedule(next);
  }
}

void OperationEngine::Postpone(Operation* operation, absl::Duration wait, const std::string& why) {
  operation->phase = Operation::Phase::kWaiting;
  operation->backing_off = true;
  operation->waits_for.clear();
  AddEvent(operation, v1::QUEUED,
           absl::StrCat(why, why.empty() ? "" : "; ", "next try in ", absl::ToInt64Milliseconds(wait), " ms"));
  operation->retry_timer = Later(wait, [id = operation->id](OperationEngine* engine) {
    Turn turn(engine);
    const auto found = engine->operations_.find(id);
    if (found == engine->operations_.end() || !found->second->backing_off) return;
    found->second->backing_off = false;
    engine->Schedule(engine->ResourceOf(*found->second));
  });
}

}  // namespace resource_broker::broker
