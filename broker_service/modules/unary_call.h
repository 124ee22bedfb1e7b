// One short call to a module.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "resource_broker/v1/module.grpc.pb.h"

namespace resource_broker::broker {

inline absl::Status FromGrpc(const grpc::Status& status) {
  // The two number their codes alike.
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

using ModuleCalls = v1::ResourceModule::StubInterface::async_interface;

// Calls `(stub->async()->*method)` with a deadline; `done` is called once, on a thread of gRPC.
template <typename Request, typename Response>
void CallModule(const std::shared_ptr<v1::ResourceModule::Stub>& stub,
                void (ModuleCalls::*method)(grpc::ClientContext*, const Request*, Response*,
                                            std::function<void(grpc::Status)>),
                Request request, absl::Duration limit, std::function<void(absl::StatusOr<Response>)> done) {
  struct Call {
    std::shared_ptr<v1::ResourceModule::Stub> stub;
    grpc::ClientContext context;
    Request request;
    Response response;
  };
  auto call = std::make_shared<Call>();
  call->stub = stub;
  call->request = std::move(request);
  call->context.set_deadline(absl::ToChronoTime(absl::Now() + limit));
  (static_cast<ModuleCalls*>(call->stub->async())->*method)(&call->context, &call->request, &call->response,
                                                            [call, done = std::move(done)](const grpc::Status& status) {
                                                              if (status.ok()) {
                                                                done(std::move(call->response));
                                                              } else {
                                                                done(FromGrpc(status));
                                                              }
                                                            });
}

}  // namespace resource_broker::broker
