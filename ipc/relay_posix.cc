#include "ipc/relay_posix.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "absl/status/status.h"

namespace resource_broker::ipc {
namespace {

constexpr size_t kBufferBytes = 64 << 10;

bool SetFlag(int fd, int flag, bool on) {
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && fcntl(fd, F_SETFL, on ? flags | flag : flags & ~flag) == 0;
}

bool SendAll(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

}  // namespace

absl::StatusOr<Relay::Started> Relay::Start(UniqueFd client, Tap tap) {
  std::array<int, 2> pair = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return absl::ErrnoToStatus(errno, "socketpair");
  }
  UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  if (!SetFlag(client.get(), O_NONBLOCK, false) || !SetFlag(theirs.get(), O_NONBLOCK, true)) {
    return absl::ErrnoToStatus(errno, "fcntl");
  }
  Started started;
  started.relay.reset(new Relay(std::move(client), std::move(ours), std::move(tap)));
  started.server_end = std::move(theirs);
  return started;
}

Relay::Relay(UniqueFd client, UniqueFd server, Tap tap)
    : client_(std::move(client)), server_(std::move(server)), tap_(std::move(tap)) {
  inward_ = std::thread([this] { Carry(client_.get(), server_.get(), tap_); });
  outward_ = std::thread([this] { Carry(server_.get(), client_.get(), nullptr); });
}

Relay::~Relay() {
  Cut();
  inward_.join();
  outward_.join();
}

void Relay::Carry(int from, int to, const Tap& tap) {
  std::array<char, kBufferBytes> buffer;
  while (true) {
    const ssize_t received = recv(from, buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) break;
    const auto size = static_cast<size_t>(received);
    const size_t passed = tap ? tap(size) : size;
    if (!SendAll(to, buffer.data(), passed) || passed < size) break;
  }
  Cut();
  --running_;
}

// Both threads wake up from whatever they wait for.
void Relay::Cut() {
  shutdown(client_.get(), SHUT_RDWR);
  shutdown(server_.get(), SHUT_RDWR);
}

}  // namespace resource_broker::ipc
