// What modules answer.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"
#include "broker_service/operations/backoff.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {
namespace {

// Lost runs of one operation of an idempotent module, after which it has failed.
constexpr uint32_t kMaxLosses = 3;

std::string Explain(const ExecutionEnd& end) {
  return end.kind == ExecutionEnd::Kind::kResult ? end.result.message() : end.message;
}

}  // namespace

// Carries one run's answers to the engine, by names that stay true whatever became of the operation meanwhile.
class OperationEngine::RunListener : public ExecutionListener {
 public:
  RunListener(std::weak_ptr<OperationEngine> engine, const Operation& operation, uint64_t run)
      : engine_(std::move(engine)), id_(operation.id), resource_(operation.request->resource()), run_(run) {}

  void OnTaken() override {
    if (const auto engine = engine_.lock()) engine->OnRunTaken(id_);
  }
  void OnBegin(const std::string& module) override {
    if (const auto engine = engine_.lock()) engine->OnRunBegin(id_, resource_, run_, module);
  }
  void OnProgress(uint64_t step, const v1::ExecuteEvent::Progress& progress) override {
    if (const auto engine = engine_.lock()) engine->OnRunProgress(id_, resource_, run_, step, progress);
  }
  void OnEnd(ExecutionEnd end) override {
    if (const auto engine = engine_.lock()) engine->OnRunEnd(id_, resource_, run_, std::move(end));
  }

 private:
  const std::weak_ptr<OperationEngine> engine_;
  const std::string id_;
  const std::string resource_;
  const uint64_t run_;
};

void OperationEngine::GiveToModule(Operation* operation) {
  operation->execute_when_saved = 0;
  if (handing_over_) {
    TakeBack(operation);
    return;
  }
  const Resource* resource = ResourceOf(*operation);
  auto listener = std::make_shared<RunListener>(weak_from_this(), *operation, resource->run);
  Execution execution{operation->request, operation->attempt};
  if (operation->phase == Operation::Phase::kRestoring) {
    execution.restore = true;
  } else {
    execution.resume = operation->resume;
    execution.after_step = operation->module_step;
    operation->unconfirmed = !operation->resume;
  }
  out_.Push([gateway = parts_.gateway, execution = std::move(execution), listener = std::move(listener)]() mutable {
    if (execution.restore) {
      // The same operation by another id, for the module keeps the first one's result under the first id; but always by
      // the same one, so that it is done once even if a broker ends meanwhile.
      auto restore = std::make_shared<v1::OperationRequest>(*execution.operation);
      for (char& byte : *restore->mutable_id()) byte = static_cast<char>(~byte);
      execution.operation = std::move(restore);
    }
    gateway->Execute(std::move(execution), std::move(listener));
  });
}

// It may be in the hands of its module, by a broker that is no more.
void OperationEngine::ResumeRun(Operation* operation, Resource* resource, bool may_repeat) {
  TakePlace(operation, resource);
  operation->first_run_at = parts_.clock->Monotonic();
  operation->resume = true;
  operation->may_repeat = may_repeat;
  GiveToModule(operation);
}

// The broker before had begun to bring it back; the module does that once by that id, and again if it has died since.
void OperationEngine::ResumeRestore(Operation* operation, Resource* resource, const v1::Event& begun) {
  TakePlace(operation, resource);
  operation->first_run_at = parts_.clock->Monotonic();
  operation->phase = Operation::Phase::kRestoring;
  const v1::RestoreCause& cause = begun.restore_cause();
  ExecutionEnd failure;
  failure.kind = ExecutionEnd::Kind::kResult;
  failure.result.set_outcome(v1::OUTCOME_FAILED);
  failure.result.set_win32_code(cause.win32_code());
  failure.result.set_module_code(cause.module_code());
  failure.result.set_status_flags(cause.status_flags());
  failure.result.set_message(cause.message());
  operation->failure = std::move(failure);
  GiveToModule(operation);
}

void OperationEngine::OnRunBegin(const std::string& operation_id, const std::string& resource, uint64_t run,
                                 const std::string& module) {
  Turn turn(this);
  const Resource* entry = resources_.Find(resource);
  const auto found = operations_.find(operation_id);
  if (entry != nullptr && entry->run == run && found != operations_.end()) found->second->in_hand_of = module;
}

void OperationEngine::OnRunProgress(const std::string& operation_id, const std::string& resource, uint64_t run,
                                    uint64_t step, const v1::ExecuteEvent::Progress& progress) {
  Turn turn(this);
  const Resource* entry = resources_.Find(resource);
  const auto found = operations_.find(operation_id);
  if (entry == nullptr || entry->run != run || found == operations_.end()) return;
  Operation* operation = found->second.get();
  operation->unconfirmed = false;
  if (handing_over_) return NoteSettled(operation_id);
  if (operation->phase == Operation::Phase::kEnded) return;
  const absl::Duration wait = operation->progress_limiter.Ask(parts_.clock->Monotonic());
  if (wait == absl::ZeroDuration() && operation->progress_timer == 0) {
    AddProgress(operation, step, progress);
    return;
  }
  operation->held_progress = progress;
  operation->held_step = step;
  if (operation->progress_timer != 0) return;
  operation->progress_timer = Later(wait, [operation_id](OperationEngine* engine) {
    Turn turn(engine);
    const auto found = engine->operations_.find(operation_id);
    if (found == engine->operations_.end()) return;
    found->second->progress_timer = 0;
    engine->FlushProgress(found->second.get());
  });
}

void OperationEngine::AddProgress(Operation* operation, uint64_t step, const v1::ExecuteEvent::Progress& progress) {
  // A restore counts its own.
  if (operation->phase == Operation::Phase::kRunning) operation->module_step = step;
  AddEvent(operation, v1::PROGRESS, progress.message());
  v1::Event& event = operation->events.back();
  event.set_checkpoint(std::max(event.checkpoint(), progress.checkpoint()));
  if (progress.has_percent()) event.set_percent(std::min<uint32_t>(progress.percent(), 100));
}

void OperationEngine::FlushProgress(Operation* operation) {
  parts_.timers->Cancel(std::exchange(operation->progress_timer, 0));
  if (!operation->held_progress.has_value() || operation->phase == Operation::Phase::kEnded || handing_over_) return;
  AddProgress(operation, operation->held_step, *operation->held_progress);
  operation->held_progress.reset();
}

void OperationEngine::OnRunEnd(const std::string& operation_id, const std::string& resource, uint64_t run,
                               ExecutionEnd end) {
  Turn turn(this);
  Resource* entry = resources_.Find(resource);
  if (entry == nullptr || entry->run != run) return;
  if (handing_over_ && end.kind != ExecutionEnd::Kind::kResult) return OnRunEndInHandOver(operation_id, end.kind);
  const auto found = operations_.find(operation_id);
  if (found != operations_.end() && found->second->phase != Operation::Phase::kEnded) {
    Operation* operation = found->second.get();
    operation->unconfirmed = false;
    if (!end.module.empty()) operation->module_label = operation->in_hand_of = end.module;
    EndRun(operation, entry, std::move(end));
  } else {
    LogWarning(LogOp(operation_id), " its module let go of it after it had been ended without the module's word");
    ReleaseRun(entry);
  }
  Schedule(entry);
}

void OperationEngine::EndRun(Operation* operation, Resource* resource, ExecutionEnd end) {
  FlushProgress(operation);
  if (operation->phase == Operation::Phase::kRestoring) {
    EndRestore(operation, resource, end);
    return;
  }
  if (end.kind == ExecutionEnd::Kind::kResult) {
    EndWithResult(operation, resource, std::move(end));
    return;
  }
  if (operation->resume && end.kind == ExecutionEnd::Kind::kNotRun) {
    // A broker before this one may have given it to a process that is no more.
    end.kind = ExecutionEnd::Kind::kLost;
    end.win32_code = win32::kProcessAborted;
    end.idempotent = operation->may_repeat;
  }
  const bool early = operation->cancel_requested || operation->terminate_requested;
  if (end.kind == ExecutionEnd::Kind::kLost && end.idempotent && !early && ++operation->losses < kMaxLosses) {
    operation->run_lost = true;
    ReleaseRun(resource);
    LogWarning(LogOp(operation->id), " is given to its module again: ", end.message);
    Postpone(operation, BackoffAfter(operation->losses, options_.queue_retry, options_.queue_retry_max), end.message);
    return;
  }
  if (operation->terminate_requested) {
    ReleaseRun(resource);
    Finish(operation, resource, {v1::TERMINATED, v1::RESOURCE_FAILED, win32::kOperationAborted, 0, 0, end.message});
    return;
  }
  if (operation->cancel_requested && end.kind == ExecutionEnd::Kind::kNotRun) {
    ReleaseRun(resource);
    const bool offline = operation->request->kind() == v1::OFFLINE;
    Finish(operation, resource,
           {v1::CANCELLED, offline ? v1::RESOURCE_ONLINE : resource->state, win32::kCancelled, 0, 0, end.message});
    return;
  }
  Fail(operation, resource, std::move(end));
}

void OperationEngine::EndWithResult(Operation* operation, Resource* resource, ExecutionEnd end) {
  const v1::ExecuteEvent::Result& result = end.result;
  const bool offline = operation->request->kind() == v1::OFFLINE;
  Outcome outcome;
  outcome.module_code = result.module_code();
  outcome.status_flags = result.status_flags();
  outcome.message = result.message();
  switch (result.outcome()) {
    case v1::DONE:
      outcome.kind = v1::SUCCEEDED;
      outcome.state = offline ? v1::RESOURCE_OFFLINE : v1::RESOURCE_ONLINE;
      break;
    case v1::OUTCOME_CANCELLED:
      outcome.kind = v1::CANCELLED;
      outcome.state = offline ? v1::RESOURCE_ONLINE : v1::RESOURCE_OFFLINE;
      outcome.win32_code = win32::kCancelled;
      break;
    case v1::OUTCOME_TERMINATED:
      outcome.kind = v1::TERMINATED;
      outcome.state = v1::RESOURCE_OFFLINE;
      outcome.win32_code = win32::kOperationAborted;
      break;
    case v1::NOT_NOW:
      NotNow(operation, resource, end);
      return;
    default:
      Fail(operation, resource, std::move(end));
      return;
  }
  ReleaseRun(resource);
  Finish(operation, resource, std::move(outcome));
}

void OperationEngine::NotNow(Operation* operation, Resource* resource, const ExecutionEnd& end) {
  const v1::ExecuteEvent::Result& result = end.result;
  const bool network = (result.status_flags() & kStatusNetworkNotAvailable) != 0;
  if (operation->flags.Undelayable() || (network && operation->flags.ignore_network)) {
    Fail(operation, resource, end);
    return;
  }
  ReleaseRun(resource);
  const bool offline = operation->request->kind() == v1::OFFLINE;
  const v1::ResourceState unchanged = offline ? v1::RESOURCE_ONLINE : resource->state;
  if (operation->terminate_requested || operation->cancel_requested) {
    // Nothing was done, and nothing more is wanted.
    const bool terminated = operation->terminate_requested;
    Finish(operation, resource,
           {terminated ? v1::TERMINATED : v1::CANCELLED, unchanged,
            terminated ? win32::kOperationAborted : win32::kCancelled, result.module_code(), 0, result.message()});
    return;
  }
  if (MayQueue(*operation)) {
    ++operation->postponements;
    const absl::Duration wait =
        result.retry_after_ms() > 0
            ? std::min(absl::Milliseconds(result.retry_after_ms()), options_.queue_retry_max)
            : BackoffAfter(operation->postponements, options_.queue_retry, options_.queue_retry_max);
    Postpone(operation, wait, result.message());
    return;
  }
  const uint32_t flags = result.status_flags() != 0 ? result.status_flags() : (offline ? kStatusOfflineBusy : 0);
  Finish(operation, resource,
         {v1::REFUSED, unchanged, result.win32_code() != 0 ? result.win32_code() : win32::kClusterResourceLockedStatus,
          result.module_code(), flags, result.message()});
}

void OperationEngine::Fail(Operation* operation, Resource* resource, ExecutionEnd end) {
  const bool touched = end.kind != ExecutionEnd::Kind::kNotRun;
  if (end.kind == ExecutionEnd::Kind::kResult && end.result.win32_code() == 0) {
    end.result.set_win32_code(end.result.outcome() == v1::NOT_NOW ? win32::kClusterResourceLockedStatus
                                                                  : win32::kInternalError);
  }
  if (operation->flags.return_to_source_on_error && touched && !operation->terminate_requested) {
    operation->phase = Operation::Phase::kRestoring;
    AddEvent(operation, v1::PROGRESS, absl::StrCat("failed, the resource is brought back: ", Explain(end)));
    const bool by_module = end.kind == ExecutionEnd::Kind::kResult;
    v1::RestoreCause* cause = operation->events.back().mutable_restore_cause();
    cause->set_win32_code(by_module ? end.result.win32_code() : end.win32_code);
    cause->set_module_code(by_module ? end.result.module_code() : 0);
    cause->set_status_flags(by_module ? end.result.status_flags() : 0);
    cause->set_message(Explain(end));
    operation->execute_when_saved = operation->events.size();
    operation->failure = std::move(end);
    // The resource stays taken, by a new run: what the old one still says is of no interest.
    resource->run = ++last_run_;
    return;
  }
  ReleaseRun(resource);
  const bool by_module = end.kind == ExecutionEnd::Kind::kResult;
  Finish(operation, resource,
         {v1::FAILED, v1::RESOURCE_FAILED, by_module ? end.result.win32_code() : end.win32_code,
          by_module ? end.result.module_code() : 0, by_module ? end.result.status_flags() : 0, Explain(end)});
}

void OperationEngine::EndRestore(Operation* operation, Resource* resource, const ExecutionEnd& end) {
  const ExecutionEnd& cause = *operation->failure;
  const bool by_module = cause.kind == ExecutionEnd::Kind::kResult;
  Outcome outcome;
  outcome.win32_code = by_module ? cause.result.win32_code() : cause.win32_code;
  outcome.module_code = by_module ? cause.result.module_code() : 0;
  outcome.status_flags = by_module ? cause.result.status_flags() : 0;
  const bool restored = end.kind == ExecutionEnd::Kind::kResult && end.result.outcome() == v1::DONE;
  if (restored) {
    outcome.state = v1::RESOURCE_ONLINE;
    if (options_.report_restored_as_failed) outcome.reported_state = v1::RESOURCE_FAILED;
    outcome.message = absl::StrCat("failed (", Explain(cause), "); the resource was brought back online");
  } else {
    outcome.message = absl::StrCat("failed (", Explain(cause), "), and could not be brought back: ", Explain(end));
  }
  if (operation->terminate_requested) {
    outcome.kind = v1::TERMINATED;
    outcome.win32_code = win32::kOperationAborted;
    outcome.state = restored ? v1::RESOURCE_ONLINE : v1::RESOURCE_FAILED;
  }
  ReleaseRun(resource);
  Finish(operation, resource, std::move(outcome));
}

}  // namespace resource_broker::broker
