#include "clients/brokerctl/node.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/brokerctl/tls_probe.h"
#include "resource_broker/v1/admin.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

// What saying why may take when a call has failed.
constexpr std::chrono::milliseconds kProbe(3000);

}  // namespace

Node::Node(Endpoint endpoint, std::chrono::milliseconds timeout, std::shared_ptr<grpc::Channel> channel)
    : endpoint_(std::move(endpoint)), timeout_(timeout), channel_(std::move(channel)) {}

absl::StatusOr<Node> Node::Open(Endpoint endpoint, std::chrono::milliseconds timeout) {
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = OpenChannel(endpoint, timeout);
  if (!channel.ok()) return channel.status();
  return Node(std::move(endpoint), timeout, *std::move(channel));
}

absl::StatusOr<v1::GetStatusResponse> Node::Status(bool without_resources) const {
  v1::GetStatusRequest request;
  request.mutable_offer()->set_min_version(1);
  request.mutable_offer()->set_max_version(1);
  request.mutable_offer()->set_component("brokerctl");
  request.mutable_offer()->set_component_version(RESOURCE_BROKER_VERSION);
  request.set_without_resources(without_resources);
  return Call(&v1::Admin::Stub::GetStatus, request);
}

absl::Status Node::Explain(const grpc::Status& status, std::chrono::milliseconds timeout) const {
  if (status.ok()) return absl::OkStatus();
  const std::string& message = status.error_message();
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return NotReached(absl::UnavailableError(message));
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return NotReached(absl::DeadlineExceededError(
          absl::StrCat("the broker at ", name(), " did not answer within ", timeout.count(), " ms")));
    case grpc::StatusCode::UNIMPLEMENTED:
      return absl::UnimplementedError(
          absl::StrCat("the broker at ", name(), " does not know this call: it is older than brokerctl"));
    default:
      return absl::Status(static_cast<absl::StatusCode>(status.error_code()), message);
  }
}

absl::Status Node::NotReached(const absl::Status& status) const {
  const bool late = absl::IsDeadlineExceeded(status);
  if (late && channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY) return status;
  if (endpoint_.credentials != nullptr) {
    const absl::Status why = ProbeTls(endpoint_, std::min(timeout_, kProbe));
    const char* head = absl::IsUnavailable(why) ? "no broker answers at " : "";
    if (!why.ok()) return absl::Status(why.code(), absl::StrCat(head, name(), ": ", why.message()));
  }
  if (late) return status;
  const char* advice = local() ? "Is it running? Does broker.json give another adminAddress?"
                               : "Is it running? Does its broker.json have `remote`?";
  return absl::UnavailableError(absl::StrCat("no broker answers at ", name(), " (", status.message(), "). ", advice));
}

}  // namespace resource_broker::brokerctl
