#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ipc/inner_connection.h"
#include "ipc/random.h"
#include "ipc/unique_fd_posix.h"

namespace resource_broker::ipc {
namespace {

using grpc::experimental::ExternalConnectionAcceptor;

constexpr absl::string_view kScheme = "unix-abstract:";
constexpr absl::string_view kPrefix = "resource-broker-inner-";

absl::Status SystemError(absl::string_view what) {
  return absl::ResourceExhaustedError(absl::StrCat(what, ": ", strerror(errno)));
}

// gRPC names a connection after the address of its other end. That of a pair has none, but takes one.
absl::Status Name(int fd, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // What begins with NUL is a name of the system's, and no file.
  name.copy(address.sun_path + 1, sizeof(address.sun_path) - 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return absl::OkStatus();
  return SystemError("bind");
}

class SocketPairs : public InnerConnector {
 public:
  explicit SocketPairs(std::unique_ptr<ExternalConnectionAcceptor> server) : server_(std::move(server)) {}

  absl::StatusOr<InnerConnection> Connect() override {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return SystemError("socketpair");
    UniqueFd client(ends[0]);
    UniqueFd server(ends[1]);
    const std::string name = absl::StrCat(kPrefix, RandomHex());
    if (absl::Status status = Name(client.get(), name); !status.ok()) return status;
    ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.listener_fd = -1;
    connection.fd = server.Release();
    server_->HandleNewConnection(&connection);
    return InnerConnection{absl::StrCat(kScheme, name), client.Release()};
  }

 private:
  const std::unique_ptr<ExternalConnectionAcceptor> server_;
};

}  // namespace

std::unique_ptr<InnerConnector> InnerConnector::Add(grpc::ServerBuilder* builder) {
  return std::make_unique<SocketPairs>(builder->experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials()));
}

void CloseInner(const InnerConnection& connection) { const UniqueFd owned(static_cast<int>(connection.stream)); }

bool IsInnerLabel(absl::string_view peer) {
  return absl::ConsumePrefix(&peer, kScheme) && absl::StartsWith(peer, kPrefix);
}

}  // namespace resource_broker::ipc
