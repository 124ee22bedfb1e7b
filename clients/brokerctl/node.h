// One broker, and calls of its contracts, each with a deadline and with errors that say what to do.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/brokerctl/endpoint.h"
#include "resource_broker/v1/admin.pb.h"

namespace resource_broker::brokerctl {

// Calls block; any thread.
class Node {
 public:
  // InvalidArgument for an address that is not of this platform. Nothing is sent yet.
  static absl::StatusOr<Node> Open(Endpoint endpoint, std::chrono::milliseconds timeout);

  const std::string& name() const { return endpoint_.name; }
  // Reached by the local pipe or socket, where everybody has every role.
  bool local() const { return !endpoint_.local_address.empty(); }
  std::chrono::milliseconds timeout() const { return timeout_; }

  // One call: `node.Call(&v1::Queue::Stub::PauseQueue, request)`. `longer` is added to the deadline. Unavailable,
  // saying why, if no broker answers; DeadlineExceeded after the timeout; else the broker's own error.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request,
                                std::chrono::milliseconds longer = std::chrono::milliseconds(0)) const {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout_ + longer);
    Stub stub(channel_);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return Explain(status, timeout_ + longer);
    return response;
  }

  absl::StatusOr<v1::GetStatusResponse> Status(bool without_resources = false) const;

  // For calls that are streams: those have no deadline, so whether a broker is there is asked first, by Status.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  absl::Status Explain(const grpc::Status& status) const { return Explain(status, timeout_); }

 private:
  Node(Endpoint endpoint, std::chrono::milliseconds timeout, std::shared_ptr<grpc::Channel> channel);
  absl::Status Explain(const grpc::Status& status, std::chrono::milliseconds timeout) const;
  absl::Status NotReached(const absl::Status& status) const;

  Endpoint endpoint_;
  std::chrono::milliseconds timeout_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace resource_broker::brokerctl
