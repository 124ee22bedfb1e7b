#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
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
#include "broker_service/modules/child_process.h"

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

absl::StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("pipe2", errno);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
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

  int Fill(const std::filesystem::path& folder, int input, int output, int errors) {
    sigset_t none;
    sigemptyset(&none);
    sigset_t all;
    sigfillset(&all);
    int result = posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
    if (result == 0) result = posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    if (result == 0) result = posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    if (result == 0) result = posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO);
    if (result == 0) result = posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
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

}  // namespace

struct ChildProcess::State {
  absl::Mutex mu;
  // The child, until it is reaped; 0 before and after.
  pid_t pid ABSL_GUARDED_BY(mu) = 0;
  bool kill_wanted ABSL_GUARDED_BY(mu) = false;
  bool close_wanted ABSL_GUARDED_BY(mu) = false;
  Descriptor input ABSL_GUARDED_BY(mu);

  absl::Status Spawn(const ChildOptions& options, Descriptor* output, Descriptor* errors, Descriptor* process);
  void Watch(const ChildOptions& options, ChildDelegate* delegate);
};

absl::Status ChildProcess::State::Spawn(const ChildOptions& options, Descriptor* output, Descriptor* errors,
                                        Descriptor* process) {
  std::array<Pipe, 3> pipes;
  for (Pipe& made : pipes) {
    absl::StatusOr<Pipe> pipe = MakePipe();
    if (!pipe.ok()) return pipe.status();
    made = *std::move(pipe);
  }
  std::vector<std::string> arguments = options.arguments;
  arguments.insert(arguments.begin(), options.program.string());
  std::vector<std::string> environment = MakeEnvironment(options.environment);
  SpawnPlan plan;
  int result = plan.Fill(options.folder, pipes[0].read.get(), pipes[1].write.get(), pipes[2].write.get());
  absl::MutexLock lock(&mu);
  if (kill_wanted) return absl::CancelledError("it was to be ended before it began");
  pid_t child = 0;
  if (result == 0) {
    result = posix_spawn(&child, options.program.c_str(), plan.actions(), plan.attributes(), Pointers(arguments).data(),
                         Pointers(environment).data());
  }
  if (result != 0) return SystemError(options.program.string(), result);
  // Nobody else reaps it, so the number still is this child's.
  *process = Descriptor(pidfd_open(child, 0));
  if (process->get() < 0) {
    const int error = errno;
    kill(-child, SIGKILL);
    waitpid(child, nullptr, 0);
    return SystemError("pidfd_open", error);
  }
  pid = child;
  *output = std::move(pipes[1].read);
  *errors = std::move(pipes[2].read);
  if (!close_wanted) input = std::move(pipes[0].write);
  return absl::OkStatus();
}

void ChildProcess::State::Watch(const ChildOptions& options, ChildDelegate* delegate) {
  Descriptor output;
  Descriptor errors;
  Descriptor process;
  ChildEnd end;
  end.start = Spawn(options, &output, &errors, &process);
  if (!end.start.ok()) {
    delegate->OnEnded(end);
    return;
  }
  {
    uint32_t id = 0;
    {
      absl::MutexLock lock(&mu);
      id = static_cast<uint32_t>(pid);
    }
    delegate->OnStarted(id);
  }
  // Without this a child's child that keeps the pipe open would keep the thread in read().
  fcntl(output.get(), F_SETFL, O_NONBLOCK);
  fcntl(errors.get(), F_SETFL, O_NONBLOCK);
  std::array<char, 16384> buffer;
  const auto drain = [&buffer, delegate](Descriptor* from, ChildStream stream) {
    // A bounded part at a time, so that one stream can't starve the other or the news of the end.
    for (int i = 0; i < 64 && from->get() >= 0; ++i) {
      const ssize_t count = read(from->get(), buffer.data(), buffer.size());
      if (count > 0) {
        delegate->OnOutput(stream, {buffer.data(), static_cast<size_t>(count)});
      } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        from->Close();
      } else {
        return;
      }
    }
  };
  bool ended = false;
  while (!ended) {
    // A negative descriptor is skipped by poll.
    std::array<pollfd, 3> waiting = {pollfd{process.get(), POLLIN, 0}, pollfd{output.get(), POLLIN, 0},
                                     pollfd{errors.get(), POLLIN, 0}};
    if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) break;
    ended = waiting[0].revents != 0;
    if (waiting[1].revents != 0 || ended) drain(&output, ChildStream::kOutput);
    if (waiting[2].revents != 0 || ended) drain(&errors, ChildStream::kErrors);
  }
  siginfo_t info = {};
  {
    absl::MutexLock lock(&mu);
    while (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 && errno == EINTR) {
    }
    pid = 0;
    input.Close();
  }
  end.exit_code = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
  delegate->OnEnded(end);
}

std::unique_ptr<ChildProcess> ChildProcess::Start(ChildOptions options, std::shared_ptr<ChildDelegate> delegate) {
  std::unique_ptr<ChildProcess> child(new ChildProcess());
  child->state_ = std::make_shared<State>();
  child->thread_ = std::thread([state = child->state_, options = std::move(options), delegate = std::move(delegate)] {
    state->Watch(options, delegate.get());
  });
  return child;
}

ChildProcess::~ChildProcess() {
  KillTree();
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void ChildProcess::CloseInput() {
  absl::MutexLock lock(&state_->mu);
  state_->close_wanted = true;
  state_->input.Close();
}

void ChildProcess::KillTree() {
  absl::MutexLock lock(&state_->mu);
  state_->kill_wanted = true;
  if (state_->pid > 0) kill(-state_->pid, SIGKILL);
}

}  // namespace resource_broker::broker
