#include "broker_service/host/api_server.h"

#include <grpcpp/server_builder.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/log.h"

namespace resource_broker::broker {
namespace {

// The largest request is an operation with the largest InBuffer and a megabyte of properties.
constexpr int kMaxMessageBytes = 8 << 20;
constexpr int kMaxMetadataBytes = 8 << 10;
// Calls at once on one connection: a bridge has one per resource at most, and its stream.
constexpr int kMaxStreams = 4096;
constexpr absl::Duration kBindLimit = absl::Seconds(5);

}  // namespace

absl::StatusOr<std::unique_ptr<ApiServer>> ApiServer::Start(const ApiServerOptions& options,
                                                            const std::vector<grpc::Service*>& services) {
  std::unique_ptr<ApiServer> api(new ApiServer());
  const std::unique_ptr<grpc::ServerBuilder> owned = NewServerBuilder(options.insight);
  grpc::ServerBuilder& builder = *owned;
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  for (grpc::Service* service : services) builder.RegisterService(service);
  // Of interest where a service has blocking methods.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
  ipc::ListenOptions listen;
  if (options.on_client) {
    listen.authorize = [check = ipc::SameAccountOrAdministrator(), told = options.on_client](const auto& peer) {
      absl::Status allowed = check(peer);
      if (allowed.ok()) told(peer);
      return allowed;
    };
  }
  listen.max_connections = options.max_connections;
  listen.first_byte_timeout = absl::ToChronoMilliseconds(options.first_byte);
  listen.bind_timeout = absl::ToChronoMilliseconds(kBindLimit);
  listen.tap = options.tap;
  absl::StatusOr<std::unique_ptr<ipc::Listener>> listener =
      ipc::Listener::Add(&builder, options.address, std::move(listen));
  if (!listener.ok()) return listener.status();
  api->listener_ = *std::move(listener);
  api->server_ = builder.BuildAndStart();
  if (api->server_ == nullptr) return absl::UnavailableError(absl::StrCat(options.address, ": gRPC can't serve it"));
  if (absl::Status status = api->listener_->Start(); !status.ok()) {
    api->Stop(absl::ZeroDuration());
    return status;
  }
  LogInfo("serving on ", options.address);
  return api;
}

void ApiServer::Stop(absl::Duration limit) {
  listener_->Stop();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + limit));
  // Shutdown returns when every handler has been answered; Wait lets go of the server's own threads.
  server_->Wait();
}

}  // namespace resource_broker::broker
