#include "resource_modules/process/pipe_posix.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "resource_modules/process/pipe.h"

namespace resource_broker::process {
namespace {

class PosixPipe final : public Stream::Pipe {
 public:
  PosixPipe(ipc::UniqueFd pipe, ipc::UniqueFd interrupted)
      : pipe_(std::move(pipe)), interrupted_(std::move(interrupted)) {}

  size_t Read(char* buffer, size_t size) override;
  bool WriteAll(absl::string_view bytes) override;
  void Interrupt() override;

 private:
  // Waits for `events`; false if it was interrupted and they are not there.
  bool WaitFor(short events);

  // Does not block by itself.
  ipc::UniqueFd pipe_;
  // An eventfd; readable once interrupted.
  ipc::UniqueFd interrupted_;
};

size_t PosixPipe::Read(char* buffer, size_t size) {
  while (true) {
    ssize_t count = read(pipe_.get(), buffer, size);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !WaitFor(POLLIN)) return 0;
  }
}

bool PosixPipe::WriteAll(absl::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = write(pipe_.get(), bytes.data(), bytes.size());
    if (count > 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      if (!WaitFor(POLLOUT)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void PosixPipe::Interrupt() {
  uint64_t once = 1;
  // Fails only if it has been interrupted very often.
  (void)!write(interrupted_.get(), &once, sizeof(once));
}

bool PosixPipe::WaitFor(short events) {
  std::array<pollfd, 2> waited = {{{pipe_.get(), events, 0}, {interrupted_.get(), POLLIN, 0}}};
  while (poll(waited.data(), waited.size(), -1) < 0 && errno == EINTR) {
  }
  return waited[0].revents != 0;
}

absl::StatusOr<PipePair> MakePipe(bool ours_reads) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  ipc::UniqueFd read(ends[0]);
  ipc::UniqueFd write(ends[1]);
  ipc::UniqueFd ours = std::move(ours_reads ? read : write);
  // Of our end alone: the other side's program expects it to block.
  if (fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) return absl::ErrnoToStatus(errno, "fcntl");
  ipc::UniqueFd interrupted(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!interrupted.valid()) return absl::ErrnoToStatus(errno, "eventfd");
  PipePair pair;
  pair.ours = Stream(std::make_unique<PosixPipe>(std::move(ours), std::move(interrupted)));
  pair.theirs = std::move(ours_reads ? write : read);
  return pair;
}

}  // namespace

absl::StatusOr<PipePair> MakePipeToReadFrom() { return MakePipe(true); }
absl::StatusOr<PipePair> MakePipeToWriteTo() { return MakePipe(false); }

}  // namespace resource_broker::process
