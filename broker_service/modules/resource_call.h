// One short call about a resource.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "broker_service/modules/supervised_module.h"
#include "broker_service/modules/unary_call.h"
#include "broker_service/operations/clock.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {

inline absl::Status ToStatus(const ModuleFailure& failure) {
  if (failure.win32_code == win32::kModNotFound) return absl::NotFoundError(failure.message);
  return absl::UnavailableError(failure.message);
}

// A short call that may have to wait for the module first: answered once, at the latest after the limit.
template <typename Response>
class BoundedCall {
 public:
  using Done = std::function<void(absl::StatusOr<Response>)>;

  static std::shared_ptr<BoundedCall> Begin(Timers* timers, absl::Duration limit, Done done) {
    auto call = std::make_shared<BoundedCall>(timers, std::move(done));
    call->timer_ =
        timers->After(limit, [call] { call->End(absl::DeadlineExceededError("the module did not answer in time")); });
    return call;
  }

  BoundedCall(Timers* timers, Done done) : timers_(timers), done_(std::move(done)) {}

  void End(absl::StatusOr<Response> answer) {
    if (ended_.exchange(true)) return;
    timers_->Cancel(timer_);
    std::exchange(done_, nullptr)(std::move(answer));
  }

 private:
  Timers* const timers_;
  std::atomic<Timers::Id> timer_{0};
  std::atomic<bool> ended_{false};
  Done done_;
};

template <typename Request, typename Response>
using ModuleMethod = void (ModuleCalls::*)(grpc::ClientContext*, const Request*, Response*,
                                           std::function<void(grpc::Status)>);

// One short call about a resource, as soon as the version's process is there and has been told of the resource.
template <typename Request, typename Response>
void CallResource(SupervisedModule* module, const std::string& resource, const char* step,
                  ModuleMethod<Request, Response> method, Request request, absl::Duration limit,
                  std::function<void(absl::StatusOr<Response>)> done) {
  module->UseResource(
      resource, nullptr,
      [step, method, request = std::move(request), limit, done = std::move(done)](
          const std::shared_ptr<ModuleInstance>& instance, const ModuleFailure& unusable, const ModuleFailure&) {
        if (instance == nullptr) {
          done(ToStatus(unusable));
          return;
        }
        CallModule<Request, Response>(*instance, step, method, request, limit, done);
      });
}

}  // namespace resource_broker::broker
