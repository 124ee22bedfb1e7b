// Whose turn it is.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {
namespace {

constexpr char kModuleHeld[] = "waits for the next process of its module, which is drained";

std::string LockMessage(const Resource& resource) {
  if (!resource.admin_locked) return "the resource is locked";
  return absl::StrCat("the resource is locked by an administrator: ", resource.admin_lock_reason);
}

}  // namespace

bool OperationEngine::MayQueue(const Operation& operation) const {
  return operation.flags.queue_enabled && !options_.queue_by_cluster;
}

// Gives the module the first operation in line that may go. One that is held up by a lock, or waits for its next try,
// is overtaken only by those whose flags say that a lock must not delay them.
void OperationEngine::Schedule(Resource* resource) {
  if (handing_over_) return;
  RefusePaused(resource);
  if (resource->run != 0 || resource->terminating > 0) {
    WaitBehind(nullptr, resource);
    return;
  }
  bool overtaking = false;
  for (size_t i = 0; i < resource->line.size();) {
    Operation* operation = resource->line[i];
    if (held_modules_.contains(operation->request->module())) {
      WaitBehind(operation, resource);
      if (!operation->backing_off) Wait(operation, kModuleHeld);
      return;
    }
    if (overtaking && !operation->flags.Undelayable()) {
      if (!operation->backing_off) Wait(operation, "waits for the operation before it");
      ++i;
      continue;
    }
    if (operation->run_lost) {
      if (!operation->backing_off) {
        BeginRun(operation, resource);
      } else {
        WaitBehind(operation, resource);
      }
      return;
    }
    const bool paused = pause_.paused && !operation->flags.returning_to_source;
    const bool locked = resource->Locked() && !operation->flags.Undelayable();
    if (operation->backing_off || paused || (locked && MayQueue(*operation))) {
      if (!operation->backing_off) Wait(operation, paused ? PauseMessage() : LockMessage(*resource));
      overtaking = true;
      ++i;
      continue;
    }
    const bool offline = operation->request->kind() == v1::OFFLINE;
    if (locked) {
      Refuse(operation, resource, offline ? kStatusOfflineBusy : 0, LockMessage(*resource));
      continue;  // it left the line
    }
    const std::optional<Throttles::Block> block = throttles_.Blocks(Place(*operation->request));
    if (!block.has_value() || operation->flags.Undelayable()) {
      BeginRun(operation, resource);
      return;
    }
    if (offline && !MayQueue(*operation)) {
      Refuse(operation, resource, block->status_flag, block->message);
      continue;
    }
    WaitForPlace(operation, resource, *block);
    return;
  }
}

void OperationEngine::WaitBehind(const Operation* first, Resource* resource) {
  for (Operation* operation : resource->line) {
    if (operation == first || operation->phase != Operation::Phase::kWaiting || operation->backing_off) continue;
    Wait(operation, "waits for the operation before it");
  }
}

void OperationEngine::Refuse(Operation* operation, Resource* resource, uint32_t status_flag, const std::string& why) {
  const bool offline = operation->request->kind() == v1::OFFLINE;
  Finish(operation, resource,
         {v1::REFUSED, offline ? v1::RESOURCE_ONLINE : resource->state, win32::kClusterResourceLockedStatus, 0,
          status_flag, why});
}

// In the line of the limit that blocks it now; it may be another one than before.
void OperationEngine::WaitForPlace(Operation* operation, Resource* resource, const Throttles::Block& block) {
  Wait(operation, block.message);
  if (resource->waits_at == block.line) return;
  resource->waits_at = block.line;
  throttles_.Wait(block.line, operation->request->resource());
}

void OperationEngine::Wait(Operation* operation, std::string what_for) {
  if (operation->waits_for == what_for) return;
  operation->waits_for = what_for;
  AddEvent(operation, v1::QUEUED, std::move(what_for));
}

void OperationEngine::TakePlace(Operation* operation, Resource* resource) {
  resource->waits_at.clear();
  resource->place = Place(*operation->request);
  throttles_.Take(resource->place);
  resource->run = ++last_run_;
  operation->phase = Operation::Phase::kRunning;
}

void OperationEngine::BeginRun(Operation* operation, Resource* resource) {
  TakePlace(operation, resource);
  operation->waits_for.clear();
  operation->run_lost = false;
  ++operation->attempt;
  operation->in_hand_of.clear();
  operation->resume = false;
  operation->module_step = 0;
  if (!operation->first_run_at.has_value()) operation->first_run_at = parts_.clock->Monotonic();
  AddEvent(operation, v1::RUNNING, "");
  // Not before RUNNING is durable: after a crash nobody could tell whether a module has it.
  operation->execute_when_saved = operation->events.size();
}

void OperationEngine::ReleaseRun(Resource* resource) {
  resource->run = 0;
  const Place place = std::exchange(resource->place, Place());
  throttles_.Release(place);
  CloseAtModule(resource);
  while (const std::optional<Throttles::Waiter> waiter = throttles_.TakeWaiter(place)) Serve(*waiter);
  TellModulesIdle();
}

void OperationEngine::Serve(const Throttles::Waiter& waiter) {
  Resource* next = resources_.Find(waiter.resource);
  // It may have found its place elsewhere.
  if (next == nullptr || next->waits_at != waiter.line) return;
  next->waits_at.clear();
  Schedule(next);
}

void OperationEngine::Postpone(Operation* operation, absl::Duration wait, const std::string& why) {
  operation->phase = Operation::Phase::kWaiting;
  operation->backing_off = true;
  operation->in_hand_of.clear();
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
