// One OnlineV2 or OfflineV2 from acceptance to its final event: its history, and where it stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "broker_service/metrics/operation_metrics.h"
#include "broker_service/operations/clock.h"
#include "broker_service/operations/flags.h"
#include "broker_service/operations/module_gateway.h"
#include "broker_service/operations/progress_limiter.h"
#include "broker_service/operations/session_listener.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::broker {

// Answer to StartOperation: the events after the caller's last.
using StartDone = std::function<void(absl::StatusOr<std::vector<v1::Event>>)>;

// Somebody who waits for ACCEPTED to be durable.
struct PendingStart {
  uint64_t last_sequence;
  StartDone done;
};

// Guarded by the engine's lock, all of it.
struct Operation {
  enum class Phase {
    // For its turn, a lock, a place, or the next try.
    kWaiting,
    // A module has it, or gets it as soon as RUNNING is durable.
    kRunning,
    // It failed; the module brings the resource back.
    kRestoring,
    kEnded,
  };

  Operation(std::shared_ptr<const v1::OperationRequest> request, uint32_t windows_build, uint64_t known_events,
            absl::Duration now)
      : request(std::move(request)),
        id(this->request->id()),
        flags(DecodeFlags(this->request->kind(), this->request->flags(), windows_build)),
        accepted_at(now),
        known_events(known_events) {}

  // --- What it is
  std::shared_ptr<const v1::OperationRequest> request;
  const std::string id;
  const OperationFlags flags;

  // --- Where it stands
  Phase phase = Phase::kWaiting;
  bool cancel_requested = false;
  bool terminate_requested = false;
  // After NOT_NOW or a lost run, until the next try.
  bool backing_off = false;
  // Its last run was lost: it may be half done, and nothing of the resource goes before it.
  bool run_lost = false;
  uint32_t attempt = 0;
  uint32_t postponements = 0;
  // Lost runs of an idempotent module.
  uint32_t losses = 0;
  // Why it waits, as the last QUEUED said.
  std::string waits_for;
  Timers::Id retry_timer = 0;
  Timers::Id terminate_timer = 0;
  Timers::Id progress_timer = 0;
  ProgressLimiter progress_limiter;
  std::optional<v1::ExecuteEvent::Progress> held_progress;
  uint64_t held_step = 0;
  // The last step of the module's run that an event tells of.
  uint64_t module_step = 0;
  // A broker before this one may have given it to its module.
  bool resume = false;
  // With `resume`: it may be given again if the module does not know it.
  bool may_repeat = false;
  // With kRestoring: why it failed.
  std::optional<ExecutionEnd> failure;
  std::string module_label;
  // The module that has it in hand; empty while none has.
  std::string in_hand_of;
  // What the resource was before the outcome, should the outcome not get into the journal.
  v1::ResourceState state_before = v1::RESOURCE_STATE_UNSPECIFIED;
  v1::ResourceState intended_state_before = v1::RESOURCE_STATE_UNSPECIFIED;
  absl::Duration accepted_at;
  // What its end is counted in; null: nowhere.
  const ModuleOperationMetrics* metrics = nullptr;
  std::optional<absl::Duration> first_run_at;

  // --- Its history
  // Events a broker before this one made, which only the bridge still has; `events` follow them.
  const uint64_t known_events;
  std::vector<v1::Event> events;
  // So many of `events` are durable, and told to who listens.
  size_t saved = 0;
  bool saving = false;
  // Given to its module, which has not said yet that it has it.
  bool unconfirmed = false;
  // The module gets it when so many are saved. 0: nothing to give.
  size_t execute_when_saved = 0;
  std::vector<PendingStart> starters;
  std::shared_ptr<SessionListener> listener;

  uint64_t LastSequence() const { return known_events + events.size(); }

  // Whether a module may have begun to work on it.
  bool WithModule() const {
    return (phase == Phase::kRunning || phase == Phase::kRestoring) && execute_when_saved == 0;
  }

  // The next event, numbered, with the count of steps and the attempt carried over.
  v1::Event& AddEvent(v1::EventKind kind, std::string message, const Clock& clock);

  // The saved events after `sequence`.
  std::vector<v1::Event> SavedAfter(uint64_t sequence) const;
};

}  // namespace resource_broker::broker
