#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "ipc/socket_address_posix.h"
#include "ipc/testing/raw_client.h"
#include "ipc/unique_fd_posix.h"

namespace resource_broker::ipc::testing {
namespace {

using std::chrono::milliseconds;

absl::StatusOr<std::string> ReadFrom(int fd, milliseconds timeout) {
  pollfd ready{fd, POLLIN, 0};
  if (poll(&ready, 1, static_cast<int>(timeout.count())) == 0) return absl::DeadlineExceededError("read");
  std::array<char, 64 << 10> buffer;
  const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
  // A socket that was closed with unread bytes in it is reset.
  if (size < 0 && errno != ECONNRESET) return absl::ErrnoToStatus(errno, "recv");
  return std::string(buffer.data(), size < 0 ? 0 : static_cast<size_t>(size));
}

class UnixClient : public RawClient {
 public:
  explicit UnixClient(UniqueFd fd) : fd_(std::move(fd)) {}

  absl::Status Write(const std::string& bytes) override {
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t size = send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (size < 0) return absl::ErrnoToStatus(errno, "send");
      sent += static_cast<size_t>(size);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Read(milliseconds timeout) override { return ReadFrom(fd_.get(), timeout); }

 private:
  UniqueFd fd_;
};

class UnixServer : public RawServer {
 public:
  explicit UnixServer(UniqueFd fd) : fd_(std::move(fd)) {}

  absl::StatusOr<std::string> ReceiveAll(milliseconds timeout) override {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    const auto left = [deadline] {
      const auto rest = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
      return std::max(rest, milliseconds(0));
    };
    pollfd ready{fd_.get(), POLLIN, 0};
    if (poll(&ready, 1, static_cast<int>(left().count())) == 0) return absl::DeadlineExceededError("accept");
    const UniqueFd client(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    std::string received;
    while (true) {
      absl::StatusOr<std::string> bytes = ReadFrom(client.get(), left());
      if (!bytes.ok()) return bytes.status();
      if (bytes->empty()) return received;
      received += *bytes;
    }
  }

 private:
  UniqueFd fd_;
};

UniqueFd NewSocket() { return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

}  // namespace

absl::StatusOr<std::unique_ptr<RawClient>> RawClient::Dial(const std::string& address, milliseconds timeout) {
  absl::StatusOr<std::string> path = SocketPath(address);
  if (!path.ok()) return path.status();
  const sockaddr_un name = SocketName(*path);
  UniqueFd fd = NewSocket();
  // For a blocking connect the send timeout counts.
  timeval limit{timeout.count() / 1000, static_cast<suseconds_t>(timeout.count() % 1000 * 1000)};
  if (setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0) {
    return absl::ErrnoToStatus(errno, "connect");
  }
  return std::make_unique<UnixClient>(std::move(fd));
}

absl::StatusOr<std::unique_ptr<RawServer>> RawServer::Listen(const std::string& address) {
  absl::StatusOr<std::string> path = SocketPath(address);
  if (!path.ok()) return path.status();
  const sockaddr_un name = SocketName(*path);
  UniqueFd fd = NewSocket();
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0 || listen(fd.get(), 8) != 0) {
    return absl::ErrnoToStatus(errno, "bind");
  }
  return std::make_unique<UnixServer>(std::move(fd));
}

}  // namespace resource_broker::ipc::testing
