// One unary call of the bridge contract.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/synchronization/notification.h"
#include "bridge_dll/guard.h"
#include "bridge_dll/steady_time.h"
#include "resource_broker/v1/bridge.grpc.pb.h"

namespace resource_broker::bridge {

using BridgeStub = v1::Bridge::StubInterface;

template <typename Request, typename Response>
using BridgeMethod = void (BridgeStub::async_interface::*)(grpc::ClientContext*, const Request*, Response*,
                                                           std::function<void(grpc::Status)>);

// By the monotonic clock: a step of the wall clock neither shortens nor lengthens a call.
inline gpr_timespec DeadlineAfter(std::chrono::milliseconds timeout) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(timeout.count(), GPR_TIMESPAN));
}

// Starts the call and returns; `done(status, response)` runs on one of gRPC's threads, once, within `timeout` or
// little more. Call it without a lock held that `done` takes. `wait_for_ready`: without a connection the call waits for
// one rather than failing at once.
template <typename Request, typename Response, typename Done>
void StartCall(BridgeStub* stub, BridgeMethod<Request, Response> method, Request request,
               std::chrono::milliseconds timeout, bool wait_for_ready, Done done) {
  struct Call {
    grpc::ClientContext context;
    Request request;
    Response response;
  };
  auto call = std::make_shared<Call>();
  call->context.set_deadline(DeadlineAfter(timeout));
  call->context.set_wait_for_ready(wait_for_ready);
  call->request = std::move(request);
  (stub->async()->*method)(
      &call->context, &call->request, &call->response,
      [call, done = std::move(done)](const grpc::Status& status) { Contain([&] { done(status, call->response); }); });
}

// For an entry point: the answer, if it came by `deadline` and was one.
template <typename Request, typename Response>
std::optional<Response> CallWithin(BridgeStub* stub, BridgeMethod<Request, Response> method, Request request,
                                   SteadyTime deadline) {
  struct Outcome {
    absl::Notification done;
    bool ok = false;
    Response response;
  };
  auto outcome = std::make_shared<Outcome>();
  const auto budget = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Now());
  if (budget <= std::chrono::milliseconds::zero()) return std::nullopt;
  StartCall<Request, Response>(stub, method, std::move(request), budget, /*wait_for_ready=*/false,
                               [outcome](const grpc::Status& status, Response& response) {
                                 outcome->ok = status.ok();
                                 outcome->response.Swap(&response);
                                 outcome->done.Notify();
                               });
  if (!outcome->done.WaitForNotificationWithTimeout(Until(deadline)) || !outcome->ok) return std::nullopt;
  return std::move(outcome->response);
}

}  // namespace resource_broker::bridge
