// How long a blocking call may take.
#pragma once

#include <grpcpp/server_context.h>

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/operations/clock.h"

namespace resource_broker::broker {

// Ends a call that takes too long. The timer's thread may be at it while the call ends by itself.
class CallLimit {
 public:
  // `timers` outlives it, and the context the call to Lift.
  CallLimit(grpc::ServerContext* context, Timers* timers, absl::Duration limit)
      : timers_(timers), call_(std::make_shared<Call>(context)) {
    timer_ = timers->After(limit, [call = call_] { call->Expire(); });
  }
  ~CallLimit() { Lift(); }
  CallLimit(const CallLimit&) = delete;
  CallLimit& operator=(const CallLimit&) = delete;

  // Whether it was in time. Nothing is touched any more.
  bool Lift() {
    timers_->Cancel(timer_);
    return call_->Lift();
  }

 private:
  class Call {
   public:
    explicit Call(grpc::ServerContext* context) : context_(context) {}

    void Expire() {
      absl::MutexLock lock(&mu_);
      if (context_ == nullptr) return;
      expired_ = true;
      context_->TryCancel();
    }
    bool Lift() {
      absl::MutexLock lock(&mu_);
      context_ = nullptr;
      return !expired_;
    }

   private:
    absl::Mutex mu_;
    grpc::ServerContext* context_ ABSL_GUARDED_BY(mu_);
    bool expired_ ABSL_GUARDED_BY(mu_) = false;
  };

  Timers* const timers_;
  const std::shared_ptr<Call> call_;
  Timers::Id timer_ = 0;
};

}  // namespace resource_broker::broker
