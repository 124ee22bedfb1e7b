#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <thread>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/modules/process_watch.h"
#include "ipc/unique_fd_posix.h"

// The header of glibc 2.36 does not say that it is C.
extern "C" {
#include <sys/pidfd.h>
}

namespace resource_broker::broker {
namespace {

// Of the epoll entry that is no process.
constexpr ProcessWatch::Id kStop = 0;

bool Watch(const ipc::UniqueFd& epoll, const ipc::UniqueFd& fd, ProcessWatch::Id id) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id;
  return epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0;
}

bool Ended(const ipc::UniqueFd& process) {
  pollfd asked{process.get(), POLLIN, 0};
  return poll(&asked, 1, 0) > 0;
}

// A descriptor of each process in one epoll, which one thread waits for.
class PosixProcessWatch : public ProcessWatch {
 public:
  explicit PosixProcessWatch(std::function<void(Id)> on_end)
      : on_end_(std::move(on_end)),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    Watch(epoll_, stop_, kStop);
    thread_ = std::thread([this] { Run(); });
  }

  ~PosixProcessWatch() override {
    eventfd_write(stop_.get(), 1);
    thread_.join();
  }

  absl::Status Add(uint32_t process_id) override {
    ipc::UniqueFd opened(pidfd_open(static_cast<pid_t>(process_id), 0));
    if (!opened.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("process ", process_id));
    absl::MutexLock lock(&mu_);
    for (const auto& [id, process] : processes_) {
      // One that has ended, but whose end is not told yet, is another.
      if (process.number == process_id && !Ended(process.fd)) return absl::OkStatus();
    }
    if (processes_.size() >= kMaxProcesses) {
      return absl::ResourceExhaustedError(absl::StrCat(kMaxProcesses, " processes are watched"));
    }
    const Id id = ++last_id_;
    if (!Watch(epoll_, opened, id)) return absl::ErrnoToStatus(errno, "epoll_ctl");
    processes_.emplace(id, Process{process_id, std::move(opened)});
    return absl::OkStatus();
  }

  Id Find(uint32_t process_id) const override {
    Id newest = 0;
    absl::MutexLock lock(&mu_);
    for (const auto& [id, process] : processes_) {
      if (process.number == process_id && id > newest) newest = id;
    }
    return newest;
  }

 private:
  struct Process {
    uint32_t number;
    ipc::UniqueFd fd;
  };

  void Run() {
    std::array<epoll_event, 16> events{};
    while (true) {
      const int count = epoll_wait(epoll_.get(), events.data(), events.size(), -1);
      if (count < 0 && errno != EINTR) return;
      for (int i = 0; i < count; ++i) {
        const Id id = events[static_cast<size_t>(i)].data.u64;
        if (id == kStop) return;
        {
          // Closing its descriptor takes it out of the epoll, too.
          absl::MutexLock lock(&mu_);
          processes_.erase(id);
        }
        on_end_(id);
      }
    }
  }

  const std::function<void(Id)> on_end_;
  const ipc::UniqueFd epoll_;
  const ipc::UniqueFd stop_;
  mutable absl::Mutex mu_;
  std::unordered_map<Id, Process> processes_ ABSL_GUARDED_BY(mu_);
  Id last_id_ ABSL_GUARDED_BY(mu_) = kStop;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<ProcessWatch> ProcessWatch::Start(std::function<void(Id)> on_end) {
  return std::make_unique<PosixProcessWatch>(std::move(on_end));
}

}  // namespace resource_broker::broker
