#include "broker_service/remote/remote_server.h"

#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/access/library_guard.h"
#include "broker_service/log.h"
#include "broker_service/remote/front.h"
#include "broker_service/remote/insight.h"
#include "broker_service/remote/tcp_address.h"
#include "broker_service/remote/tls_source.h"
#include "ipc/inner_connection.h"

namespace resource_broker::broker {
namespace {

// As the local server takes them.
constexpr int kMaxMessageBytes = 8 << 20;
constexpr int kMaxMetadataBytes = 8 << 10;
// A call of reflection has a thread while it lasts; all others share gRPC's.
constexpr int kMaxThreads = 32;
// A connection is asked for a sign of life so many times in remote_idle_ms.
constexpr int kPingsPerIdle = 5;
// Who asks more often than this is cut after gRPC's two strikes.
constexpr int kLeastPingMs = 10000;

// grpc counts in int.
int Milliseconds(uint32_t value) { return static_cast<int>(value); }

void Limit(const v1::BrokerConfig& config, grpc::ServerBuilder* builder) {
  const v1::BrokerConfig::Timeouts& timeouts = config.timeouts();
  builder->SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                              static_cast<int>(config.limits().max_streams_per_connection()));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(timeouts.remote_idle_ms()));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(timeouts.remote_age_ms()));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Milliseconds(timeouts.remote_age_ms()));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS,
                              std::max(1, Milliseconds(timeouts.remote_idle_ms()) / kPingsPerIdle));
  // An answer takes no longer than a handshake may.
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(timeouts.tls_handshake_ms()));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kLeastPingMs);
  // Of interest where a service has blocking methods.
  builder->SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
  grpc::ResourceQuota quota("remote");
  quota.SetMaxThreads(kMaxThreads);
  builder->SetResourceQuota(quota);
}

FrontOptions FrontOptionsOf(const v1::BrokerConfig& config) {
  FrontOptions options;
  options.max_connections = config.limits().max_remote_connections();
  options.max_per_identity = config.limits().max_connections_per_identity();
  options.max_handshakes = config.limits().max_handshakes();
  options.handshake = absl::Milliseconds(config.timeouts().tls_handshake_ms());
  options.stall = absl::Milliseconds(config.timeouts().remote_idle_ms());
  options.linger = absl::Milliseconds(config.timeouts().stream_end_ms());
  return options;
}

}  // namespace

RemoteServer::RemoteServer() = default;
RemoteServer::~RemoteServer() = default;

absl::StatusOr<std::unique_ptr<RemoteServer>> RemoteServer::Start(const v1::BrokerConfig& config,
                                                                  const RemoteServerParts& parts) {
  const v1::BrokerConfig::Remote& remote = config.remote();
  FrontOptions options = FrontOptionsOf(config);
  const absl::StatusOr<TcpAddress> address = ParseTcpAddress(remote.address());
  if (!address.ok()) return address.status();
  options.address = *address;
  std::unique_ptr<RemoteServer> started(new RemoteServer());
  if (!remote.plaintext_on_loopback()) {
    auto tls = TlsSource::Start(remote, absl::Milliseconds(config.timeouts().certificate_poll_ms()));
    if (!tls.ok()) return tls.status();
    started->tls_ = *std::move(tls);
  }
  const std::unique_ptr<grpc::ServerBuilder> builder = NewServerBuilder(Insight::kShown);
  Limit(config, builder.get());
  for (grpc::Service* service : parts.services) builder->RegisterService(service);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> guards;
  guards.push_back(LibraryGuard(parts.door));
  builder->experimental().SetInterceptorCreators(std::move(guards));
  started->inner_ = ipc::InnerConnector::Add(builder.get());
  started->server_ = builder->BuildAndStart();
  if (started->server_ == nullptr)
    return absl::UnavailableError(absl::StrCat(remote.address(), ": gRPC can't serve it"));
  options.tls = started->tls_.get();
  options.inner = started->inner_.get();
  options.callers = parts.callers;
  options.audit = parts.audit;
  absl::StatusOr<std::unique_ptr<Front>> front = Front::Listen(options);
  if (!front.ok()) {
    started->Stop(absl::ZeroDuration());
    return front.status();
  }
  started->front_ = *std::move(front);
  LogInfo("serving administrators on ", started->address(), " (",
          started->tls_ == nullptr
              ? std::string("in plain text, without certificates: whoever reaches it has every role")
              : DescribeTls(*started->tls_->Current(), remote.allow_tls_1_2()),
          ")");
  return started;
}

const std::string& RemoteServer::address() const { return front_->address(); }

absl::Time RemoteServer::certificate_ends() const {
  return tls_ == nullptr ? absl::InfiniteFuture() : tls_->Current()->not_after;
}

std::vector<std::string> RemoteServer::Notices() const {
  if (tls_ == nullptr) {
    return {absl::StrCat("remote.plaintextOnLoopback is set in broker.json: whoever reaches ", address(),
                         " has every role")};
  }
  const std::string notice = tls_->Notice();
  return notice.empty() ? std::vector<std::string>() : std::vector<std::string>{notice};
}

absl::Status RemoteServer::ReloadCertificates() { return tls_ == nullptr ? absl::OkStatus() : tls_->Reload(); }

void RemoteServer::SetServing(bool serving) { broker::SetServing(server_.get(), serving); }

void RemoteServer::StopListening() { front_->StopListening(); }

void RemoteServer::Stop(absl::Duration limit) {
  if (front_ != nullptr) front_->StopListening();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + limit));
  server_->Wait();
  if (front_ != nullptr) front_->Stop();
}

}  // namespace resource_broker::broker
