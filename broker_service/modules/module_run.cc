#include "broker_service/modules/module_run.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/faults/faults.h"
#include "broker_service/log.h"
#include "broker_service/modules/unary_call.h"
#include "broker_service/text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {
namespace {

// Streams in a row that broke without a step, while the module lived.
constexpr uint32_t kMaxBreaks = 5;

}  // namespace

// One Execute call; owns itself until gRPC is done with it.
class ModuleRun::Stream : public grpc::ClientReadReactor<v1::ExecuteEvent> {
 public:
  explicit Stream(std::shared_ptr<ModuleRun> run) : run_(std::move(run)) {}

  void Begin(v1::ResourceModule::Stub* stub, uint64_t after_step, std::shared_ptr<Stream> self) {
    self_ = std::move(self);
    const Execution& execution = run_->execution_;
    v1::ExecuteRequest request;
    request.set_attempt(execution.attempt);
    request.set_after_step(after_step);
    request.set_restore(execution.restore);
    request.set_resume(execution.resume);
    // Lent for as long as the call is being started, when it is put on the wire: the InBuffer is not copied for it.
    request.unsafe_arena_set_allocated_operation(const_cast<v1::OperationRequest*>(execution.operation.get()));
    stub->async()->Execute(&context_, &request, this);
    StartRead(&event_);
    StartCall();
    (void)request.unsafe_arena_release_operation();
  }

  void Cancel() { context_.TryCancel(); }

  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) run_->listener_->OnTaken();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    // The next is read when this one is dealt with: a module can't send faster than that.
    run_->OnStep(event_);
    StartRead(&event_);
  }

  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<Stream> self = std::move(self_);
    std::move(run_)->OnStreamEnded(status);
  }

 private:
  std::shared_ptr<ModuleRun> run_;
  std::shared_ptr<Stream> self_;
  grpc::ClientContext context_;
  v1::ExecuteEvent event_;
};

void ModuleRun::Begin(const std::shared_ptr<ModuleInstance>& instance, const ModuleOptions& options, Timers* timers,
                      Execution execution, std::shared_ptr<ExecutionListener> listener) {
  auto run = std::make_shared<ModuleRun>(instance, options, timers, std::move(execution), std::move(listener));
  {
    absl::MutexLock lock(&run->mu_);
    run->self_ = run;
  }
  run->listener_->OnBegin(instance->label());
  run->WatchForStall();
  run->Attach();
  instance->AddUser(run);
}

ModuleRun::ModuleRun(std::shared_ptr<ModuleInstance> instance, const ModuleOptions& options, Timers* timers,
                     Execution execution, std::shared_ptr<ExecutionListener> listener)
    : instance_(std::move(instance)),
      terminate_limit_(options.terminate),
      ask_again_(options.ask_again),
      last_words_(options.last_words),
      timers_(timers),
      execution_(std::move(execution)),
      listener_(std::move(listener)),
      last_step_(execution_.after_step) {}

void ModuleRun::Attach() {
  if (const absl::Status status = BeforeFaultPoint(FaultPoint::kModuleExecute); !status.ok()) {
    OnStreamEnded(grpc::Status(grpc::StatusCode::UNAVAILABLE, std::string(status.message())));
    return;
  }
  auto stream = std::make_shared<Stream>(shared_from_this());
  uint64_t after_step = 0;
  {
    absl::MutexLock lock(&mu_);
    if (self_ == nullptr) return;
    stream_ = stream;
    after_step = last_step_;
  }
  stream->Begin(instance_->stub().get(), after_step, stream);
  AfterFaultPoint(FaultPoint::kModuleExecute);
}

void ModuleRun::OnStep(const v1::ExecuteEvent& event) {
  ReachFaultPoint(event.has_result() ? FaultPoint::kModuleResult : FaultPoint::kModuleProgress);
  v1::ExecuteEvent::Progress progress;
  {
    absl::MutexLock lock(&mu_);
    // A module that sends again what it was told to leave out harms nobody.
    if (self_ == nullptr || event.step() <= last_step_ || result_.has_value()) return;
    if (event.step() != last_step_ + 1) {
      LogWarning(LogOp(execution_.operation->id()), " ", LogModule(instance_->label()), " skipped from step ",
                 last_step_, " to ", event.step());
    }
    last_step_ = event.step();
    breaks_ = 0;
    if (event.has_result()) {
      result_ = event.result();
      result_->set_message(CutText(result_->message(), kMaxMessageBytes));
      return;
    }
    if (!event.has_progress()) return;
    progress = event.progress();
  }
  listener_->OnProgress(event.step(), progress);
  AfterFaultPoint(FaultPoint::kModuleProgress);
}

// One timer at a time, which finds out by the count of steps whether anything was reported since.
void ModuleRun::WatchForStall() {
  const uint32_t limit_ms = instance_->manifest().limits().stall_timeout_ms();
  if (limit_ms == 0) return;
  absl::MutexLock lock(&mu_);
  if (self_ == nullptr || gone_) return;
  stall_timer_ = timers_->After(absl::Milliseconds(limit_ms), [weak = weak_from_this(), step = last_step_] {
    if (const auto self = weak.lock()) self->OnStallTimer(step);
  });
}

void ModuleRun::OnStallTimer(uint64_t step) {
  bool stalled = false;
  {
    absl::MutexLock lock(&mu_);
    if (self_ == nullptr || gone_ || result_.has_value()) return;
    stalled = stalled_ = step == last_step_;
  }
  if (stalled) {
    Abort();
  } else {
    WatchForStall();
  }
}

void ModuleRun::Abort() {
  const v1::OperationRequest& operation = *execution_.operation;
  LogError(LogOp(operation.id()), " ", LogModule(instance_->label()), " reports nothing; it is terminated");
  v1::ModuleTerminateRequest request;
  request.set_resource(operation.resource());
  request.set_reason("its operation reports nothing any more");
  CallModule<v1::ModuleTerminateRequest, v1::ModuleTerminateResponse>(
      *instance_, "module.terminate", &ModuleCalls::Terminate, std::move(request), terminate_limit_,
      [](const absl::StatusOr<v1::ModuleTerminateResponse>&) {});
  // Whatever it answers: the operation's end is what counts.
  timers_->After(terminate_limit_, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    {
      absl::MutexLock lock(&self->mu_);
      if (self->self_ == nullptr || self->gone_) return;
    }
    self->instance_->Kill(win32::kTimeout, "it hangs, and Terminate does not end what it works on");
  });
}

void ModuleRun::OnStreamEnded(const grpc::Status& status) {
  ExecutionEnd end;
  {
    absl::MutexLock lock(&mu_);
    stream_ = nullptr;
    // Let go of, or ended otherwise.
    if (self_ == nullptr) return;
    end.stalled = stalled_;
    const bool broke = status.error_code() == grpc::StatusCode::UNAVAILABLE;
    if (result_.has_value()) {
      end.kind = ExecutionEnd::Kind::kResult;
      end.result = *std::move(result_);
      if (stalled_ && end.result.outcome() == v1::OUTCOME_TERMINATED) {
        // Nobody had asked for that: it is what became of its hanging.
        end.result.set_outcome(v1::OUTCOME_FAILED);
        end.result.set_win32_code(win32::kTimeout);
        end.result.set_message(StallMessage());
      }
    } else if (execution_.resume && status.error_code() == grpc::StatusCode::NOT_FOUND) {
      end.kind = ExecutionEnd::Kind::kLost;
      end.unknown = true;
      end.win32_code = win32::kProcessAborted;
      end.message = absl::StrCat("module ", instance_->label(),
                                 " does not know it: what became of it ended with a process before");
    } else if (broke && !gone_ && breaks_ < kMaxBreaks) {
      // If the process has ended, the news of it comes before the timer does.
      ++breaks_;
      timers_->After(ask_again_, [self = shared_from_this()] { self->Attach(); });
      return;
    } else {
      end.kind = ExecutionEnd::Kind::kLost;
      end.win32_code = gone_ || broke ? win32::kProcessAborted : win32::kInternalError;
      if (stalled_) {
        end.win32_code = win32::kTimeout;
        end.message = StallMessage();
      } else if (gone_) {
        end.message = absl::StrCat("module ", instance_->label(), " ended while it worked on this");
      } else if (status.ok()) {
        end.message = absl::StrCat("module ", instance_->label(), " ended Execute without a result");
      } else {
        end.message = absl::StrCat("module ", instance_->label(), ": Execute: ", status.error_message());
      }
    }
  }
  End(std::move(end));
}

std::string ModuleRun::StallMessage() const {
  return absl::StrCat("module ", instance_->label(), " reported nothing for ",
                      instance_->manifest().limits().stall_timeout_ms(), " ms");
}

void ModuleRun::OnInstanceGone() {
  {
    absl::MutexLock lock(&mu_);
    if (self_ == nullptr) return;
    gone_ = true;
    if (stream_ != nullptr) {
      // A result that was on its way is still read; the closed connection ends the stream right after it. Should one of
      // the module's children hold that open, this does.
      timers_->After(last_words_, [stream = stream_] { stream->Cancel(); });
      return;
    }
  }
  OnStreamEnded(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the process ended"));
}

void ModuleRun::OnInstanceLetGo() {
  std::shared_ptr<ModuleRun> self;
  absl::MutexLock lock(&mu_);
  self = std::move(self_);
  if (self == nullptr) return;
  timers_->Cancel(std::exchange(stall_timer_, 0));
  if (stream_ != nullptr) stream_->Cancel();
}

void ModuleRun::End(ExecutionEnd end) {
  const bool result = end.kind == ExecutionEnd::Kind::kResult;
  std::shared_ptr<ModuleRun> self;
  {
    absl::MutexLock lock(&mu_);
    if (self_ == nullptr) return;
    self = std::move(self_);
    timers_->Cancel(std::exchange(stall_timer_, 0));
  }
  end.module = instance_->label();
  end.idempotent = instance_->manifest().idempotent();
  listener_->OnEnd(std::move(end));
  if (result) AfterFaultPoint(FaultPoint::kModuleResult);
}

}  // namespace resource_broker::broker
