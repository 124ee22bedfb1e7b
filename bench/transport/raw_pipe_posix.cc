#include <sys/socket.h>

#include <cerrno>

#include "bench/transport/raw_pipe.h"
#include "ipc/socket_address_posix.h"
#include "ipc/unique_fd_posix.h"

namespace resource_broker::bench {
namespace {

using ipc::UniqueFd;

class Socket : public RawPipe {
 public:
  explicit Socket(UniqueFd fd) : fd_(std::move(fd)) {}

  bool Read(char* bytes, size_t size) override {
    for (size_t got = 0; got < size;) {
      const ssize_t now = recv(fd_.get(), bytes + got, size - got, 0);
      if (now <= 0) return false;
      got += static_cast<size_t>(now);
    }
    return true;
  }

  bool Write(const char* bytes, size_t size) override {
    for (size_t sent = 0; sent < size;) {
      const ssize_t now = send(fd_.get(), bytes + sent, size - sent, MSG_NOSIGNAL);
      if (now <= 0) return false;
      sent += static_cast<size_t>(now);
    }
    return true;
  }

 private:
  const UniqueFd fd_;
};

class SocketListener : public RawListener {
 public:
  explicit SocketListener(UniqueFd fd) : fd_(std::move(fd)) {}

  absl::StatusOr<std::unique_ptr<RawPipe>> Accept() override {
    UniqueFd client(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client.get() < 0) return absl::ErrnoToStatus(errno, "accept");
    return std::make_unique<Socket>(std::move(client));
  }

 private:
  const UniqueFd fd_;
};

UniqueFd NewSocket() { return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

}  // namespace

absl::StatusOr<std::unique_ptr<RawListener>> RawListener::Listen(const std::string& address) {
  const absl::StatusOr<std::string> path = ipc::SocketPath(address);
  if (!path.ok()) return path.status();
  const sockaddr_un name = ipc::SocketName(*path);
  UniqueFd fd = NewSocket();
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0 || listen(fd.get(), 8) != 0) {
    return absl::ErrnoToStatus(errno, "bind");
  }
  return std::make_unique<SocketListener>(std::move(fd));
}

absl::StatusOr<std::unique_ptr<RawPipe>> DialRaw(const std::string& address) {
  const absl::StatusOr<std::string> path = ipc::SocketPath(address);
  if (!path.ok()) return path.status();
  const sockaddr_un name = ipc::SocketName(*path);
  UniqueFd fd = NewSocket();
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0) {
    return absl::ErrnoToStatus(errno, "connect");
  }
  return std::make_unique<Socket>(std::move(fd));
}

}  // namespace resource_broker::bench
