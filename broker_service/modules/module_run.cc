#include "broker_service/modules/module_run.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"
#include "broker_service/text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {
namespace {

// Streams in a row that broke without a step, while the module lived.
constexpr uint32_t kMaxBreaks = 5;
constexpr absl::Duration kAttachAgainAfter = absl::Milliseconds(200);
constexpr absl::Duration kReadAfterEnd = absl::Seconds(1);

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
    // Lent for as long as the call is being started, when it is put on the wire: the InBuffer is not copied for it.
    request.unsafe_arena_set_allocated_operation(const_cast<v1::OperationRequest*>(execution.operation.get()));
    stub->async()->Execute(&context_, &request, this);
    StartRead(&event_);
    StartCall();
    (void)request.unsafe_arena_release_operation();
  }

  void Cancel() { context_.TryCancel(); }

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

void ModuleRun::Begin(const std::shared_ptr<ModuleInstance>& instance, Timers* timers, Execution execution,
                      std::shared_ptr<ExecutionListener> listener) {
  auto run = std::make_shared<ModuleRun>(instance, timers, std::move(execution), std::move(listener));
  {
    absl::MutexLock lock(&run->mu_);
    run->self_ = run;
  }
  run->Attach();
  instance->AddUser(run);
}

ModuleRun::ModuleRun(std::shared_ptr<ModuleInstance> instance, Timers* timers, Execution execution,
                     std::shared_ptr<ExecutionListener> listener)
    : instance_(std::move(instance)),
      timers_(timers),
      execution_(std::move(execution)),
      listener_(std::move(listener)) {}

void ModuleRun::Attach() {
  auto stream = std::make_shared<Stream>(shared_from_this());
  uint64_t after_step = 0;
  {
    absl::MutexLock lock(&mu_);
    if (self_ == nullptr) return;
    stream_ = stream;
    after_step = last_step_;
  }
  stream->Begin(instance_->stub().get(), after_step, stream);
}

void ModuleRun::OnStep(const v1::ExecuteEvent& event) {
  v1::ExecuteEvent::Progress progress;
  {
    absl::MutexLock lock(&mu_);
    // A module that sends again what it was told to leave out harms nobody.
    if (event.step() <= last_step_ || result_.has_value()) return;
    if (event.step() != last_step_ + 1) {
      LogWarning("op=", Hex(execution_.operation->id()), " module ", instance_->label(), " skipped from step ",
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
  listener_->OnProgress(progress);
}

void ModuleRun::OnStreamEnded(const grpc::Status& status) {
  ExecutionEnd end;
  {
    absl::MutexLock lock(&mu_);
    stream_ = nullptr;
    const bool broke = status.error_code() == grpc::StatusCode::UNAVAILABLE;
    if (result_.has_value()) {
      end.kind = ExecutionEnd::Kind::kResult;
      end.result = *std::move(result_);
    } else if (broke && !gone_ && breaks_ < kMaxBreaks) {
      // If the process has ended, the news of it comes before the timer does.
      ++breaks_;
      timers_->After(kAttachAgainAfter, [self = shared_from_this()] { self->Attach(); });
      return;
    } else {
      end.kind = ExecutionEnd::Kind::kLost;
      end.win32_code = gone_ || broke ? win32::kProcessAborted : win32::kInternalError;
      if (gone_) {
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

void ModuleRun::OnInstanceGone() {
  {
    absl::MutexLock lock(&mu_);
    if (self_ == nullptr) return;
    gone_ = true;
    if (stream_ != nullptr) {
      // A result that was on its way is still read; the closed connection ends the stream right after it. Should one of
      // the module's children hold that open, this does.
      timers_->After(kReadAfterEnd, [stream = stream_] { stream->Cancel(); });
      return;
    }
  }
  OnStreamEnded(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the process ended"));
}

void ModuleRun::End(ExecutionEnd end) {
  std::shared_ptr<ModuleRun> self;
  {
    absl::MutexLock lock(&mu_);
    if (self_ == nullptr) return;
    self = std::move(self_);
  }
  end.module = instance_->label();
  end.idempotent = instance_->manifest().idempotent();
  listener_->OnEnd(std::move(end));
}

}  // namespace resource_broker::broker
