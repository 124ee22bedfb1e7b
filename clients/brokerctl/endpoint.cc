#include "clients/brokerctl/endpoint.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ipc/channel.h"

namespace resource_broker::brokerctl {
namespace {

constexpr int kMaxMessageBytes = 8 << 20;

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const Endpoint& endpoint,
                                                           std::chrono::milliseconds timeout) {
  if (!endpoint.local_address.empty()) {
    ipc::ChannelOptions options;
    options.connect_timeout = std::max(timeout, std::chrono::milliseconds(1000));
    return ipc::Connect(endpoint.local_address, options);
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // A node is reached directly or not at all: its answers are for no proxy.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (!endpoint.server_name.empty()) arguments.SetSslTargetNameOverride(endpoint.server_name);
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (endpoint.credentials != nullptr) {
    credentials =
        grpc::SslCredentials({endpoint.credentials->ca, endpoint.credentials->key, endpoint.credentials->certificate});
  }
  return grpc::CreateCustomChannel(absl::StrCat("dns:///", endpoint.node.text), credentials, arguments);
}

}  // namespace resource_broker::brokerctl
