// From decided to told: events become durable first.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "broker_service/log.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

uint64_t Micros(absl::Duration duration) { return static_cast<uint64_t>(absl::ToInt64Microseconds(duration)); }

// Its lock is kept apart from this.
ResourceRecord StateOf(const Resource& resource) {
  ResourceRecord record;
  record.resource = resource.spec.resource;
  record.state = resource.state;
  record.intended_state = resource.intended_state;
  return record;
}

// Its end is durable, or never will be.
void ForgetEnd(Resource* resource, const std::string& operation_id) {
  auto& ends = resource->unsaved_ends;
  ends.erase(std::remove(ends.begin(), ends.end(), operation_id), ends.end());
}

}  // namespace

void OperationEngine::AddEvent(Operation* operation, v1::EventKind kind, std::string message) {
  operation->AddEvent(kind, std::move(message), *parts_.clock);
  MarkDirty(operation);
}

void OperationEngine::Finish(Operation* operation, Resource* resource, Outcome outcome) {
  FlushProgress(operation);
  parts_.timers->Cancel(std::exchange(operation->retry_timer, 0));
  parts_.timers->Cancel(std::exchange(operation->terminate_timer, 0));
  operation->backing_off = false;
  operation->execute_when_saved = 0;
  operation->phase = Operation::Phase::kEnded;
  auto& line = resource->line;
  for (auto place = line.begin(); place != line.end(); ++place) {
    if (*place != operation) continue;
    line.erase(place);
    break;
  }
  operation->state_before = std::exchange(resource->state, outcome.state);
  operation->intended_state_before = resource->intended_state;
  // What was asked for and tried is meant, also where it failed; what came to nothing changes no intention.
  const bool meant =
      outcome.kind == v1::SUCCEEDED || (outcome.kind == v1::FAILED && outcome.state == v1::RESOURCE_FAILED);
  if (meant && !operation->flags.keep_intended_state) {
    resource->intended_state = operation->request->kind() == v1::OFFLINE ? v1::RESOURCE_OFFLINE : v1::RESOURCE_ONLINE;
  }
  resource->unsaved_ends.push_back(operation->id);

  LogInfo(LogOp(operation->id), " ", v1::EventKind_Name(outcome.kind), " code ", outcome.win32_code, " module code ",
          outcome.module_code, " ", v1::ResourceState_Name(outcome.state), outcome.message.empty() ? "" : ": ",
          outcome.message);
  AddEvent(operation, outcome.kind, std::move(outcome.message));
  const absl::Duration now = parts_.clock->Monotonic();
  const absl::Duration ran_at = operation->first_run_at.value_or(now);
  v1::FinalReport* report = operation->events.back().mutable_final();
  report->set_state(outcome.reported_state.value_or(outcome.state));
  report->set_win32_code(outcome.win32_code);
  report->set_module_code(outcome.module_code);
  report->set_status_flags(outcome.status_flags);
  report->set_queue_time_us(Micros(ran_at - operation->accepted_at));
  report->set_run_time_us(Micros(now - ran_at));
  if (operation->metrics != nullptr) {
    operation->metrics->Count(operation->request->kind(), outcome.kind, ran_at - operation->accepted_at, now - ran_at);
  }
  report->set_module(operation->module_label);
  TellIdle(resource);
}

void OperationEngine::MarkDirty(Operation* operation) {
  if (!operation->saving) dirty_.push_back(operation->id);
}

// What one turn added to an operation is one write: ACCEPTED and RUNNING share a commit.
void OperationEngine::SaveDirty() {
  std::vector<std::string> held;
  for (const std::string& id : dirty_) {
    const auto found = operations_.find(id);
    if (found == operations_.end()) continue;
    Operation* operation = found->second.get();
    const size_t count = operation->events.size();
    if (operation->saving || operation->saved == count) continue;
    // Given to its module only after the end of the one before it is durable: else a broker that follows could find two
    // operations of a resource under way, and one of them had ended.
    if (operation->execute_when_saved > operation->saved && !ResourceOf(*operation)->unsaved_ends.empty()) {
      held.push_back(id);
      continue;
    }
    operation->saving = true;
    JournalWrite write{id,
                       operation->saved == 0 ? operation->request : nullptr,
                       {operation->events.begin() + static_cast<ptrdiff_t>(operation->saved), operation->events.end()},
                       operation->module_step,
                       std::nullopt};
    // As it is now, not as this operation left it: of two writes the later one is never the older state.
    if (operation->phase == Operation::Phase::kEnded) write.resource = StateOf(*ResourceOf(*operation));
    out_.Push([journal = parts_.journal, write = std::move(write), weak = weak_from_this(), count]() mutable {
      const std::string operation_id = write.operation_id;
      journal->Append(std::move(write), [weak, operation_id, count](const absl::Status& status) {
        if (const auto engine = weak.lock()) engine->OnSaved(operation_id, count, status);
      });
    });
  }
  dirty_ = std::move(held);
}

void OperationEngine::SaveState(const Resource& resource) {
  out_.Push([journal = parts_.journal, record = StateOf(resource), weak = weak_from_this()] {
    const std::string name = record.resource;
    journal->SaveState(record, [weak, name](const absl::Status& status) {
      const auto engine = weak.lock();
      if (status.ok() || engine == nullptr) return;
      LogError(LogResource(name), ": the journal took no write of its state: ", status.ToString());
      engine->Later(engine->options_.journal_retry, [name](OperationEngine* engine) {
        Turn turn(engine);
        const Resource* found = engine->resources_.Find(name);
        if (found != nullptr) engine->SaveState(*found);
      });
    });
  });
}

void OperationEngine::ForgetState(const std::string& resource) {
  ResourceRecord nothing;
  nothing.resource = resource;
  out_.Push([journal = parts_.journal, nothing = std::move(nothing)] {
    journal->SaveState(nothing, [](const absl::Status& status) {
      if (!status.ok()) LogWarning("the journal keeps a resource longer than need be: ", status.ToString());
    });
  });
}

void OperationEngine::OnSaved(const std::string& operation_id, size_t count, const absl::Status& status) {
  Turn turn(this);
  NoteSaved(operation_id, count, status);
  NoteSettled(operation_id);
}

void OperationEngine::NoteSaved(const std::string& operation_id, size_t count, const absl::Status& status) {
  const auto found = operations_.find(operation_id);
  if (found == operations_.end()) return;
  Operation* operation = found->second.get();
  if (!status.ok()) {
    if (operation->saved == 0 && absl::IsAlreadyExists(status)) {
      AnswerAsEnded(operation);
      return;
    }
    if (handing_over_) {
      // Perhaps the next broker has the journal by now: whoever asks it is told what holds.
      if (operation->saved == 0) Drop(operation, absl::UnavailableError(kUpgrading));
      return;
    }
    LogError(LogOp(operation_id), " the journal took no write: ", status.ToString());
    if (operation->saved == 0) {
      Drop(operation, absl::ResourceExhaustedError(absl::StrCat("the journal takes no writes: ", status.message())));
      return;
    }
    Later(options_.journal_retry, [operation_id](OperationEngine* engine) {
      Turn turn(engine);
      const auto found = engine->operations_.find(operation_id);
      if (found == engine->operations_.end()) return;
      found->second->saving = false;
      engine->MarkDirty(found->second.get());
    });
    return;
  }
  operation->saving = false;
  Publish(operation, count);
  if (operation->execute_when_saved != 0 && operation->execute_when_saved <= operation->saved) GiveToModule(operation);
  if (operation->saved < operation->events.size()) {
    MarkDirty(operation);
  } else if (operation->phase == Operation::Phase::kEnded) {
    Retire(operation);
  }
}

void OperationEngine::Publish(Operation* operation, size_t count) {
  const size_t first = operation->saved;
  operation->saved = count;
  const bool answered = !operation->starters.empty();
  for (PendingStart& starter : operation->starters) {
    out_.Push(
        [done = std::move(starter.done), events = operation->SavedAfter(starter.last_sequence)] { done(events); });
  }
  operation->starters.clear();
  for (size_t i = first; i < count; ++i) {
    const v1::Event& event = operation->events[i];
    parts_.watchers->Tell(*operation->request, event);
    if (answered || operation->listener == nullptr) continue;
    v1::SessionEvent told;
    told.mutable_operation()->set_operation_id(operation->id);
    *told.mutable_operation()->mutable_event() = event;
    out_.Push([listener = operation->listener, told = std::move(told)] { listener->Deliver(told); });
  }
}

// Its id is one of before that has ended: the journal answers, and nothing else happens.
void OperationEngine::AnswerAsEnded(Operation* operation) {
  for (PendingStart& starter : operation->starters) {
    out_.Push([self = shared_from_this(), id = operation->id, starter = std::move(starter)] {
      if (!self->AnswerEnded(id, starter.last_sequence, starter.done)) {
        starter.done(absl::UnavailableError("the operation ended just now"));
      }
    });
  }
  operation->starters.clear();
  Drop(operation, absl::OkStatus());
}

// The journal would not even take ACCEPTED: it never was.
void OperationEngine::Drop(Operation* operation, const absl::Status& status) {
  Resource* resource = ResourceOf(*operation);
  for (PendingStart& starter : operation->starters) {
    out_.Push([done = std::move(starter.done), status] { done(status); });
  }
  parts_.timers->Cancel(operation->retry_timer);
  parts_.timers->Cancel(operation->terminate_timer);
  parts_.timers->Cancel(operation->progress_timer);
  auto& line = resource->line;
  for (auto place = line.begin(); place != line.end(); ++place) {
    if (*place != operation) continue;
    line.erase(place);
    break;
  }
  // What never was changes nothing.
  if (operation->phase == Operation::Phase::kEnded) {
    resource->state = operation->state_before;
    resource->intended_state = operation->intended_state_before;
  }
  ForgetEnd(resource, operation->id);
  const bool held_a_place = operation->phase == Operation::Phase::kRunning;
  operations_.erase(operation->id);
  if (held_a_place) ReleaseRun(resource);
  TellIdle(resource);
  Schedule(resource);
}

// Its end is durable and told: from here on the journal answers for it.
void OperationEngine::Retire(Operation* operation) {
  const std::string id = operation->id;
  ForgetEnd(ResourceOf(*operation), id);
  operations_.erase(id);
}

}  // namespace resource_broker::broker
