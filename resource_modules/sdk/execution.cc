#include "resource_modules/sdk/execution.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "resource_modules/sdk/operation_flags.h"
#include "resource_modules/sdk/text.h"

namespace resource_broker::sdk {

Result Execution::Terminated() { return Result(v1::OUTCOME_TERMINATED, win32::kOperationAborted, "terminated"); }

Execution::Execution(v1::ExecuteRequest request) : request_(std::move(request)) {}

std::chrono::steady_clock::time_point Execution::begun() const {
  absl::MutexLock lock(&mutex_);
  return begun_.value_or(std::chrono::steady_clock::now());
}

bool Execution::Begin() {
  absl::MutexLock lock(&mutex_);
  if (outcome_ != v1::OUTCOME_UNSPECIFIED) return false;
  begun_ = std::chrono::steady_clock::now();
  working_ = true;
  return true;
}

void Execution::Report(uint32_t checkpoint, std::optional<uint32_t> percent, absl::string_view message) {
  {
    absl::MutexLock lock(&mutex_);
    if (outcome_ != v1::OUTCOME_UNSPECIFIED) return;
    checkpoint_ = std::max(checkpoint_, checkpoint);
    if (percent.has_value()) percent_ = std::max(percent_.value_or(0), std::min<uint32_t>(*percent, 100));
    v1::ExecuteEvent step;
    step.mutable_progress()->set_checkpoint(checkpoint_);
    if (percent_.has_value()) step.mutable_progress()->set_percent(*percent_);
    step.mutable_progress()->set_message(MessageText(message));
    AddStep(std::move(step));
  }
  on_step_.CallAll();
}

void Execution::Return(Result result) {
  {
    absl::MutexLock lock(&mutex_);
    working_ = false;
    OperationFlags flags(request_.operation().kind(), request_.operation().flags());
    if (terminated_) {
      result = Terminated();
    } else if (result.proto().outcome() == v1::NOT_NOW && flags.must_not_wait()) {
      result = Result::Failed(win32::kInvalidState,
                              absl::StrCat("the module could not do it now: ", result.proto().message()));
    }
    End(result);
  }
  on_step_.CallAll();
}

void Execution::RequestCancel(uint32_t flags) {
  {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    cancel_flags_ |= flags;
    EndUnlessBegun(Result::Cancelled("cancelled before it began"));
  }
  on_cancel_.CallAll();
  on_step_.CallAll();
}

void Execution::RequestTerminate() {
  {
    absl::MutexLock lock(&mutex_);
    terminated_ = true;
    EndUnlessBegun(Terminated());
  }
  on_cancel_.CallAll();
  on_step_.CallAll();
}

void Execution::EndAsTerminated() {
  {
    absl::MutexLock lock(&mutex_);
    terminated_ = true;
    End(Terminated());
  }
  on_step_.CallAll();
}

bool Execution::cancelled() const {
  absl::MutexLock lock(&mutex_);
  return cancelled_ || terminated_;
}

bool Execution::terminated() const {
  absl::MutexLock lock(&mutex_);
  return terminated_;
}

uint32_t Execution::cancel_flags() const {
  absl::MutexLock lock(&mutex_);
  return cancel_flags_;
}

bool Execution::WaitForCancel(std::chrono::milliseconds timeout) const {
  absl::MutexLock lock(&mutex_);
  auto wanted = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return cancelled_ || terminated_; };
  return mutex_.AwaitWithTimeout(absl::Condition(&wanted), absl::FromChrono(timeout));
}

bool Execution::WaitForReturn(std::chrono::milliseconds timeout) const {
  absl::MutexLock lock(&mutex_);
  auto returned = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !working_; };
  return mutex_.AwaitWithTimeout(absl::Condition(&returned), absl::FromChrono(timeout));
}

std::optional<v1::ExecuteEvent> Execution::StepAfter(uint64_t step) const {
  absl::MutexLock lock(&mutex_);
  if (step >= last_step_) return std::nullopt;
  // Numbers have no gaps, so a step's place follows from the first one's.
  uint64_t first = steps_.front().step();
  return steps_[step < first ? 0 : step - first + 1];
}

bool Execution::EndedAt(uint64_t step) const {
  absl::MutexLock lock(&mutex_);
  return outcome_ != v1::OUTCOME_UNSPECIFIED && step >= last_step_;
}

bool Execution::ended() const { return outcome() != v1::OUTCOME_UNSPECIFIED; }

v1::Outcome Execution::outcome() const {
  absl::MutexLock lock(&mutex_);
  return outcome_;
}

void Execution::AddStep(v1::ExecuteEvent step) {
  step.set_step(++last_step_);
  steps_.push_back(std::move(step));
  if (steps_.size() > kMaxSteps) steps_.pop_front();
}

void Execution::End(const Result& result) {
  if (outcome_ != v1::OUTCOME_UNSPECIFIED) return;
  v1::ExecuteEvent step;
  *step.mutable_result() = result.proto();
  outcome_ = step.result().outcome();
  AddStep(std::move(step));
  while (steps_.size() > kMaxStepsOnceEnded) steps_.pop_front();
}

void Execution::EndUnlessBegun(const Result& result) {
  if (!begun_.has_value()) End(result);
}

}  // namespace resource_broker::sdk
