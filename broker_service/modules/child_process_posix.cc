#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/modules/child_watcher.h"

// The header of glibc 2.36 does not say that it is C.
extern "C" {
#include <sys/pidfd.h>
}

// POSIX wants it declared by whoever uses it.
extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace resource_broker::broker {
namespace {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

absl::Status SystemError(absl::string_view what, int error) {
  return absl::UnavailableError(absl::StrCat(what, ": ", strerror(error)));
}

// Where a child keeps the ends its output is read from, see ChildRecord. What is to be put there must not have such a
// number itself.
constexpr int kOutputEnd = 3;
constexpr int kErrorsEnd = 4;
constexpr int kFirstFreeEnd = 5;

// What a pipe holds while nobody reads; the most an account may ask for without privileges.
constexpr int kPipeBytes = 1 << 20;

absl::StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("pipe2", errno);
  const Descriptor low[2] = {Descriptor(ends[0]), Descriptor(ends[1])};
  Pipe pipe{Descriptor(fcntl(ends[0], F_DUPFD_CLOEXEC, kFirstFreeEnd)),
            Descriptor(fcntl(ends[1], F_DUPFD_CLOEXEC, kFirstFreeEnd))};
  if (pipe.read.get() < 0 || pipe.write.get() < 0) return SystemError("fcntl", errno);
  // A smaller one does, too.
  (void)fcntl(pipe.write.get(), F_SETPIPE_SZ, kPipeBytes);
  return pipe;
}

// The broker's environment, with the additions in place of what has their names.
std::vector<std::string> MakeEnvironment(const std::vector<std::pair<std::string, std::string>>& additions) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool replaced = false;
    for (const auto& [name, value] : additions) {
      replaced = replaced || std::string_view(*entry).substr(0, name.size() + 1) == name + "=";
    }
    // The service manager's way to reach the broker is not the module's.
    if (!replaced && std::string_view(*entry).substr(0, 14) != "NOTIFY_SOCKET=") all.emplace_back(*entry);
  }
  for (const auto& [name, value] : additions) all.push_back(absl::StrCat(name, "=", value));
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What posix_spawn is told; freed in any case.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int Fill(const std::filesystem::path& folder, const Pipe& output, const Pipe& errors) {
    sigset_t none;
    sigemptyset(&none);
    sigset_t all;
    sigfillset(&all);
    int result = posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
    if (result == 0) result = posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    for (const auto& [from, to] :
         {std::pair(output.write.get(), STDOUT_FILENO), std::pair(errors.write.get(), STDERR_FILENO),
          std::pair(output.read.get(), kOutputEnd), std::pair(errors.read.get(), kErrorsEnd)}) {
      if (result == 0) result = posix_spawn_file_actions_adddup2(&actions_, from, to);
    }
    if (result == 0) result = posix_spawn_file_actions_addclosefrom_np(&actions_, kFirstFreeEnd);
    if (result == 0) result = posix_spawnattr_setpgroup(&attributes_, 0);
    if (result == 0) result = posix_spawnattr_setsigmask(&attributes_, &none);
    if (result == 0) result = posix_spawnattr_setsigdefault(&attributes_, &all);
    const int flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (result == 0) result = posix_spawnattr_setflags(&attributes_, static_cast<int16_t>(flags));
    return result;
  }

  posix_spawn_file_actions_t* actions() { return &actions_; }
  posix_spawnattr_t* attributes() { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

void Cap(pid_t child, const ChildOptions& options) {
  // A cap that can't be set harms nobody; the broker's own, which the child has inherited, is not exceeded either way.
  if (options.max_memory_bytes != 0) {
    const rlimit limit = {options.max_memory_bytes, options.max_memory_bytes};
    (void)prlimit(child, RLIMIT_DATA, &limit, nullptr);
  }
  if (options.max_processes != 0) {
    const rlimit limit = {options.max_processes, options.max_processes};
    (void)prlimit(child, RLIMIT_NPROC, &limit, nullptr);
  }
}

class PosixChildWatcher : public ChildWatcher {
 public:
  explicit PosixChildWatcher(std::shared_ptr<ChildDelegate> delegate)
      : delegate_(std::move(delegate)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  void Run() override {
    ChildEnd end;
    absl::StatusOr<ChildRecord> record = Begin();
    if (!record.ok()) {
      end.start = record.status();
      delegate_->OnEnded(end);
      return;
    }
    delegate_->OnStarted(*record);
    if (!Watch()) return;
    Reap(&end);
    delegate_->OnEnded(end);
  }

  void KillTree() override {
    absl::MutexLock lock(&mu_);
    // Also of one that is only about to be found again.
    if (let_go_) return;
    kill_wanted_ = true;
    if (pid_ > 0) kill(-pid_, SIGKILL);
  }

  void LetGo() override {
    absl::MutexLock lock(&mu_);
    let_go_ = true;
    const uint64_t one = 1;
    (void)!write(wake_.get(), &one, sizeof(one));
  }

 protected:
  // Starts or finds the child: fills what is protected, and `pid_`.
  virtual absl::StatusOr<ChildRecord> Begin() = 0;
  // After its end.
  virtual void Reap(ChildEnd* end) = 0;

  absl::Mutex mu_;
  // The child, until it has ended; 0 before and after.
  pid_t pid_ ABSL_GUARDED_BY(mu_) = 0;
  bool kill_wanted_ ABSL_GUARDED_BY(mu_) = false;

  // Used on the child's thread only.
  Descriptor process_;
  Descriptor output_;
  Descriptor errors_;

 private:
  void Drain(Descriptor* from, ChildStream stream) {
    // A bounded part at a time, so that one stream can't starve the other or the news of the end.
    for (int i = 0; i < 64 && from->get() >= 0; ++i) {
      const ssize_t count = read(from->get(), buffer_.data(), buffer_.size());
      if (count > 0) {
        delegate_->OnOutput(stream, {buffer_.data(), static_cast<size_t>(count)});
      } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        from->Close();
      } else {
        return;
      }
    }
  }

  // Until it has ended; false if it was let go before.
  bool Watch() {
    // Without this a child's child that keeps the pipe open would keep the thread in read().
    fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    fcntl(errors_.get(), F_SETFL, O_NONBLOCK);
    while (true) {
      // A negative descriptor is skipped by poll.
      std::array<pollfd, 4> waiting = {pollfd{process_.get(), POLLIN, 0}, pollfd{output_.get(), POLLIN, 0},
                                       pollfd{errors_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
      if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return true;
      const bool ended = waiting[0].revents != 0;
      if (waiting[3].revents != 0 && !ended) return false;
      if (waiting[1].revents != 0 || ended) Drain(&output_, ChildStream::kOutput);
      if (waiting[2].revents != 0 || ended) Drain(&errors_, ChildStream::kErrors);
      if (ended) return true;
    }
  }

  const std::shared_ptr<ChildDelegate> delegate_;
  const Descriptor wake_;
  bool let_go_ ABSL_GUARDED_BY(mu_) = false;
  std::array<char, 16384> buffer_;
};

class NewChildWatcher : public PosixChildWatcher {
 public:
  NewChildWatcher(ChildOptions options, std::shared_ptr<ChildDelegate> delegate)
      : PosixChildWatcher(std::move(delegate)), options_(std::move(options)) {}

 private:
  absl::StatusOr<ChildRecord> Begin() override {
    absl::StatusOr<Pipe> output = MakePipe();
    if (!output.ok()) return output.status();
    absl::StatusOr<Pipe> errors = MakePipe();
    if (!errors.ok()) return errors.status();
    std::vector<std::string> arguments = options_.arguments;
    arguments.insert(arguments.begin(), options_.program.string());
    std::vector<std::string> environment = MakeEnvironment(options_.environment);
    SpawnPlan plan;
    int result = plan.Fill(options_.folder, *output, *errors);
    pid_t child = 0;
    {
      absl::MutexLock lock(&mu_);
      if (kill_wanted_) return absl::CancelledError("it was to be ended before it began");
      if (result == 0) {
        result = posix_spawn(&child, options_.program.c_str(), plan.actions(), plan.attributes(),
                             Pointers(arguments).data(), Pointers(environment).data());
      }
      if (result != 0) return SystemError(options_.program.string(), result);
      pid_ = child;
    }
    Cap(child, options_);
    // Nobody else reaps it, so the number still is this child's.
    process_ = Descriptor(pidfd_open(child, 0));
    if (process_.get() < 0) return Abandon(child, SystemError("pidfd_open", errno));
    ChildRecord record;
    // One that has ended already needs no record.
    if (absl::StatusOr<ProcessIdentity> identity = IdentifyProcess(static_cast<uint32_t>(child)); identity.ok()) {
      record.identity = *std::move(identity);
    }
    record.identity.process_id = static_cast<uint32_t>(child);
    record.output = kOutputEnd;
    record.errors = kErrorsEnd;
    output_ = std::move(output->read);
    errors_ = std::move(errors->read);
    return record;
  }

  absl::Status Abandon(pid_t child, absl::Status why) {
    absl::MutexLock lock(&mu_);
    pid_ = 0;
    kill(-child, SIGKILL);
    waitpid(child, nullptr, 0);
    return why;
  }

  void Reap(ChildEnd* end) override {
    siginfo_t info = {};
    absl::MutexLock lock(&mu_);
    while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
    }
    pid_ = 0;
    end->exit_code = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
  }

  const ChildOptions options_;
};

class AdoptedChildWatcher : public PosixChildWatcher {
 public:
  AdoptedChildWatcher(const ChildRecord& record, std::shared_ptr<ChildDelegate> delegate)
      : PosixChildWatcher(std::move(delegate)), record_(record) {}

 private:
  absl::StatusOr<ChildRecord> Begin() override {
    const auto pid = static_cast<pid_t>(record_.identity.process_id);
    process_ = Descriptor(pidfd_open(pid, 0));
    if (process_.get() < 0) return SystemError(absl::StrCat("process ", pid), errno);
    // After the descriptor is open, so that it is of the process that was looked at.
    if (absl::Status status = CheckIdentity(record_.identity); !status.ok()) return status;
    output_ = TakeBack(pid, record_.output);
    errors_ = TakeBack(pid, record_.errors);
    absl::MutexLock lock(&mu_);
    pid_ = pid;
    if (kill_wanted_) kill(-pid_, SIGKILL);
    return record_;
  }

  // Without it, its output is lost, and nothing else.
  static Descriptor TakeBack(pid_t pid, uint64_t number) {
    return Descriptor(open(absl::StrCat("/proc/", pid, "/fd/", number).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }

  // Whose child it is now reaps it.
  void Reap(ChildEnd* end) override {
    absl::MutexLock lock(&mu_);
    pid_ = 0;
    end->exit_code_known = false;
  }

  const ChildRecord record_;
};

}  // namespace

std::shared_ptr<ChildWatcher> WatchNewChild(ChildOptions options, std::shared_ptr<ChildDelegate> delegate) {
  return std::make_shared<NewChildWatcher>(std::move(options), std::move(delegate));
}

std::shared_ptr<ChildWatcher> WatchChildAgain(const ChildRecord& record, std::shared_ptr<ChildDelegate> delegate) {
  return std::make_shared<AdoptedChildWatcher>(record, std::move(delegate));
}

}  // namespace resource_broker::broker
