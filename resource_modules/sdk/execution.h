// One operation inside a module, from Execute to its result: its steps, and what others ask of it meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "resource_broker/v1/module.pb.h"
#include "resource_modules/sdk/result.h"
#include "resource_modules/sdk/subscribers.h"

namespace resource_broker::sdk {

// Thread-safe. It has a worker, which begins, reports and returns; readers, which take its steps; and those who want it
// to end. The first way in which it ends counts.
class Execution {
 public:
  // Steps kept for readers that come late; the oldest go first, the result never.
  static constexpr size_t kMaxSteps = 1024;
  static constexpr size_t kMaxStepsOnceEnded = 64;

  explicit Execution(v1::ExecuteRequest request);

  const v1::ExecuteRequest& request() const { return request_; }
  const std::string& id() const { return request_.operation().id(); }
  std::chrono::steady_clock::time_point begun() const;

  // --- The worker ---

  // False if it ended before it began: there is nothing to do then, and Return is not called.
  bool Begin();

  // A step. `checkpoint` and `percent` less than before (or above 100) are corrected.
  void Report(uint32_t checkpoint, std::optional<uint32_t> percent, absl::string_view message);

  // The worker has returned; the operation ends with `result`, or as TERMINATED if that was asked for.
  void Return(Result result);

  // --- Those who want it to end ---

  // Ends it at once if it has not begun; else the worker is told.
  void RequestCancel(uint32_t flags);
  void RequestTerminate();

  // Ends it as TERMINATED though its worker is still there.
  void EndAsTerminated();

  bool cancelled() const;
  bool terminated() const;
  uint32_t cancel_flags() const;
  // Whether it is, or becomes within `timeout`, cancelled or terminated.
  bool WaitForCancel(std::chrono::milliseconds timeout) const;
  // Whether the worker is not, or not any more, at it within `timeout`.
  bool WaitForReturn(std::chrono::milliseconds timeout) const;

  // --- Readers ---

  // The first step after `step` that is kept.
  std::optional<v1::ExecuteEvent> StepAfter(uint64_t step) const;
  // Whether there never will be a step after `step`.
  bool EndedAt(uint64_t step) const;
  bool ended() const;

  // The result's outcome; OUTCOME_UNSPECIFIED before the end.
  v1::Outcome outcome() const;

  // Called after each new step, and when it is cancelled or terminated.
  Subscribers& on_step() { return on_step_; }
  Subscribers& on_cancel() { return on_cancel_; }

 private:
  static Result Terminated();
  void AddStep(v1::ExecuteEvent step) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(const Result& result) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndUnlessBegun(const Result& result) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const v1::ExecuteRequest request_;
  Subscribers on_step_;
  Subscribers on_cancel_;

  mutable absl::Mutex mutex_;
  std::deque<v1::ExecuteEvent> steps_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_step_ ABSL_GUARDED_BY(mutex_) = 0;
  uint32_t checkpoint_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<uint32_t> percent_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::chrono::steady_clock::time_point> begun_ ABSL_GUARDED_BY(mutex_);
  bool working_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool terminated_ ABSL_GUARDED_BY(mutex_) = false;
  uint32_t cancel_flags_ ABSL_GUARDED_BY(mutex_) = 0;
  v1::Outcome outcome_ ABSL_GUARDED_BY(mutex_) = v1::OUTCOME_UNSPECIFIED;
};

}  // namespace resource_broker::sdk
