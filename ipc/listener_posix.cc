#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ipc/accept_loop_posix.h"
#include "ipc/bound_socket_posix.h"
#include "ipc/listener.h"
#include "ipc/options.h"
#include "ipc/relay_posix.h"
#include "ipc/socket_address_posix.h"

namespace resource_broker::ipc {
namespace {

using grpc::experimental::ExternalConnectionAcceptor;

// gRPC would accept by itself, but asks nobody before it parses HTTP/2. So this listens, and gives gRPC what passed.
class SocketListener : public Listener {
 public:
  SocketListener(std::string address, std::string path, ListenOptions options,
                 std::unique_ptr<ExternalConnectionAcceptor> server)
      : address_(std::move(address)),
        path_(std::move(path)),
        options_(std::move(options)),
        server_(std::move(server)) {}

  absl::Status Start() override {
    if (loop_ != nullptr) return absl::FailedPreconditionError(absl::StrCat("listening on ", address_, " already"));
    absl::StatusOr<BoundSocket> socket = BoundSocket::Bind(path_, options_.bind_timeout);
    if (!socket.ok()) {
      return absl::Status(socket.status().code(),
                          absl::StrCat("can't listen on ", address_, ": ", socket.status().message()));
    }
    AcceptLoop::Options options;
    options.authorize = options_.authorize;
    options.on_dropped = options_.on_dropped;
    options.max_connections = options_.max_connections;
    options.first_byte_timeout = options_.first_byte_timeout;
    auto loop = std::make_unique<AcceptLoop>(*std::move(socket), std::move(options),
                                             [this](UniqueFd fd) { Serve(std::move(fd)); });
    if (absl::Status status = loop->Start(); !status.ok()) return status;
    loop_ = std::move(loop);
    return absl::OkStatus();
  }

  void Stop() override { loop_.reset(); }

  const std::string& address() const override { return address_; }

 private:
  // On the loop's thread.
  void Serve(UniqueFd fd) {
    if (options_.tap) {
      relays_.erase(std::remove_if(relays_.begin(), relays_.end(), [](const auto& relay) { return relay->ended(); }),
                    relays_.end());
      absl::StatusOr<Relay::Started> started = Relay::Start(std::move(fd), options_.tap);
      if (!started.ok()) {
        if (options_.on_dropped) options_.on_dropped(started.status());
        return;
      }
      relays_.push_back(std::move(started->relay));
      fd = std::move(started->server_end);
    }
    ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.listener_fd = -1;
    connection.fd = fd.Release();
    server_->HandleNewConnection(&connection);
  }

  const std::string address_;
  const std::string path_;
  const ListenOptions options_;
  const std::unique_ptr<ExternalConnectionAcceptor> server_;
  // Touched by the loop's thread only, while there is one.
  std::vector<std::unique_ptr<Relay>> relays_;
  // Listening while it is there.
  std::unique_ptr<AcceptLoop> loop_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Add(grpc::ServerBuilder* builder, const std::string& address,
                                                        ListenOptions options) {
  absl::StatusOr<std::string> path = SocketPath(address);
  if (!path.ok()) return path.status();
  if (absl::Status status = Complete(&options); !status.ok()) return status;
  auto server = builder->experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials());
  return std::make_unique<SocketListener>(address, *std::move(path), std::move(options), std::move(server));
}

}  // namespace resource_broker::ipc
