#include "ipc/accept_loop_posix.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ipc/http2_preface.h"
#include "ipc/identity_posix.h"

namespace resource_broker::ipc {
namespace {

// Marks of the epoll entries that are no connection.
constexpr uint64_t kListenerId = 0;
constexpr uint64_t kStopId = 1;
constexpr uint64_t kFirstConnectionId = 2;

// Clients taken in one go, so that a flood of them can't keep the loop from its other work.
constexpr int kAcceptBatch = 64;
// How long accepting rests when the system has no descriptor or memory left for one more client.
constexpr std::chrono::milliseconds kAcceptRest{100};

}  // namespace

AcceptLoop::AcceptLoop(BoundSocket socket, Options options, Sink sink)
    : options_(std::move(options)), sink_(std::move(sink)), socket_(std::move(socket)), next_id_(kFirstConnectionId) {}

AcceptLoop::~AcceptLoop() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_.get(), 1);
  thread_.join();
}

absl::Status AcceptLoop::Start() {
  epoll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  stop_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!epoll_.valid() || !stop_.valid() || !Watch(socket_.fd(), kListenerId, EPOLLIN) ||
      !Watch(stop_.get(), kStopId, EPOLLIN)) {
    return absl::ErrnoToStatus(errno, "epoll for a listener");
  }
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void AcceptLoop::Run() {
  std::array<epoll_event, 64> events{};
  while (!stopping_) {
    const int count = epoll_wait(epoll_.get(), events.data(), events.size(), MillisecondsToNextTimer());
    for (int i = 0; i < count; ++i) OnEvent(events[i].data.u64, events[i].events);
    DropSilent();
    if (!accepting_ && Clock::now() >= resume_accepting_) accepting_ = Watch(socket_.fd(), kListenerId, EPOLLIN);
  }
  silent_.clear();
  served_.clear();
}

int AcceptLoop::MillisecondsToNextTimer() const {
  Clock::time_point next = Clock::time_point::max();
  if (!silent_.empty()) next = silent_.begin()->second.deadline;
  if (!accepting_) next = std::min(next, resume_accepting_);
  if (next == Clock::time_point::max()) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
  return static_cast<int>(std::clamp<int64_t>(wait.count(), 0, 60'000));
}

void AcceptLoop::OnEvent(uint64_t id, uint32_t events) {
  if (id == kStopId) {
    stopping_ = true;
    return;
  }
  if (id == kListenerId) {
    AcceptAll();
    return;
  }
  const auto silent = silent_.find(id);
  if (silent == silent_.end()) {
    // A served connection has nothing to tell but its end. As long as a call keeps the server from closing its own
    // descriptor, closing this one does not end the watch, and what it says would never stop being true.
    const auto served = served_.find(id);
    if (served == served_.end()) return;
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, served->second.get(), nullptr);
    served_.erase(served);
    return;
  }
  std::array<char, kHttp2PrefaceSize> preface;
  const ssize_t size = recv(silent->second.fd.get(), preface.data(), preface.size(), MSG_PEEK | MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const bool complete = size > 0 && static_cast<size_t>(size) == preface.size();
  const bool gone = size <= 0 || (events & (EPOLLHUP | EPOLLRDHUP)) != 0;
  if (!complete && !gone) return;
  UniqueFd fd = std::move(silent->second.fd);
  silent_.erase(silent);
  if (complete) Serve(std::move(fd), id);
}

void AcceptLoop::AcceptAll() {
  for (int i = 0; i < kAcceptBatch; ++i) {
    UniqueFd fd(accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      Admit(std::move(fd));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) return;
    // No descriptors or no memory: the client stays in the queue, and would wake the loop again at once.
    Report(absl::ErrnoToStatus(errno, "accept"));
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket_.fd(), nullptr);
    accepting_ = false;
    resume_accepting_ = Clock::now() + kAcceptRest;
    return;
  }
}

void AcceptLoop::Admit(UniqueFd fd) {
  const absl::StatusOr<PeerIdentity> peer = IdentityOfSocket(fd.get());
  if (!peer.ok()) return Report(peer.status());
  if (absl::Status allowed = options_.authorize(*peer); !allowed.ok()) return Report(allowed);
  if (silent_.size() + served_.size() >= static_cast<size_t>(options_.max_connections)) {
    return Report(absl::ResourceExhaustedError(
        absl::StrCat("all ", options_.max_connections, " connections are taken, dropped ", peer->ToString())));
  }
  const uint64_t id = next_id_++;
  // Edge-triggered: bytes that are only looked at would wake the loop again and again.
  if (!Watch(fd.get(), id, EPOLLIN | EPOLLRDHUP | EPOLLET)) return Report(absl::ErrnoToStatus(errno, "epoll_ctl"));
  silent_.emplace(id, Silent{std::move(fd), Clock::now() + options_.first_byte_timeout});
}

void AcceptLoop::Serve(UniqueFd fd, uint64_t id) {
  // epoll goes by number and file together: the number goes to the server, so the second descriptor is watched instead.
  // Nothing but its end is asked for; gRPC shuts a socket down before it closes it, so that is seen in spite of it.
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd.get(), nullptr);
  UniqueFd second(fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!second.valid() || !Watch(second.get(), id, 0)) return Report(absl::ErrnoToStatus(errno, "dup"));
  served_.emplace(id, std::move(second));
  sink_(std::move(fd));
}

void AcceptLoop::DropSilent() {
  const Clock::time_point now = Clock::now();
  while (!silent_.empty() && silent_.begin()->second.deadline <= now) {
    silent_.erase(silent_.begin());
    Report(absl::DeadlineExceededError(
        absl::StrCat("a client did not begin HTTP/2 within ", options_.first_byte_timeout.count(), " ms")));
  }
}

bool AcceptLoop::Watch(int fd, uint64_t id, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void AcceptLoop::Report(const absl::Status& reason) const {
  if (options_.on_dropped) options_.on_dropped(reason);
}

}  // namespace resource_broker::ipc
