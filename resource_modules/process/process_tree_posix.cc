#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ipc/unique_fd_posix.h"
#include "resource_modules/process/keeper/protocol.h"
#include "resource_modules/process/pipe_posix.h"
#include "resource_modules/process/process_tree.h"

namespace resource_broker::process {
namespace {

constexpr std::chrono::seconds kEndTimeout(5);

absl::Status SystemError(const std::string& what) { return absl::ErrnoToStatus(errno, what); }

// process_keeper lies beside the program that uses it.
std::string KeeperPath() {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
  if (length <= 0) return "process_keeper";
  std::string self(path, static_cast<size_t>(length));
  return self.substr(0, self.rfind('/')) + "/process_keeper";
}

// This process's environment with the spec's on top, as execve wants it.
class Environment {
 public:
  explicit Environment(const ProcessSpec& spec) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      absl::string_view text = *entry;
      if (absl::StartsWith(text, "RESOURCE_BROKER_MODULE_") || IsReplaced(text, spec)) continue;
      texts_.emplace_back(text);
    }
    for (const auto& [name, value] : spec.environment) texts_.push_back(absl::StrCat(name, "=", value));
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  char** get() { return pointers_.data(); }

 private:
  static bool IsReplaced(absl::string_view text, const ProcessSpec& spec) {
    for (const auto& [name, value] : spec.environment) {
      if (absl::StartsWith(text, absl::StrCat(name, "="))) return true;
    }
    return false;
  }

  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

// What the program gets as its standard streams, and what stays here.
struct StandardStreams {
  std::array<ipc::UniqueFd, 3> theirs;
  Streams ours;
};

absl::StatusOr<StandardStreams> MakeStreams(bool pipes) {
  StandardStreams streams;
  if (!pipes) {
    streams.theirs[0] = ipc::UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!streams.theirs[0].valid()) return SystemError("open /dev/null");
    for (size_t i : {1, 2}) {
      streams.theirs[i] = ipc::UniqueFd(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
      if (!streams.theirs[i].valid()) return SystemError("dup stderr");
    }
    return streams;
  }
  absl::StatusOr<PipePair> in = MakePipeToWriteTo();
  absl::StatusOr<PipePair> out = MakePipeToReadFrom();
  absl::StatusOr<PipePair> error = MakePipeToReadFrom();
  for (const auto* pipe : {&in, &out, &error}) {
    if (!pipe->ok()) return pipe->status();
  }
  streams.theirs = {std::move(in->theirs), std::move(out->theirs), std::move(error->theirs)};
  streams.ours = {std::move(in->ours), std::move(out->ours), std::move(error->ours)};
  return streams;
}

ExitStatus FromWaitStatus(int status) {
  if (WIFSIGNALED(status)) return {-1, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

class PosixProcessTree final : public ProcessTree {
 public:
  ~PosixProcessTree() override {
    if (!watcher_.joinable()) return;
    Kill();
    if (!WaitUntilEmpty(std::chrono::steady_clock::now() + kEndTimeout)) {
      // A process that not even SIGKILL ends (it hangs in the kernel). The thread waits on with what it shares.
      watcher_.detach();
      return;
    }
    watcher_.join();
  }

  absl::Status Begin(const ProcessSpec& spec) {
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) return SystemError("socketpair");
    socket_ = std::make_shared<ipc::UniqueFd>(sockets[0]);
    ipc::UniqueFd keepers_end(sockets[1]);
    absl::StatusOr<StandardStreams> streams = MakeStreams(spec.with_streams);
    if (!streams.ok()) return streams.status();
    streams_ = std::move(streams->ours);

    absl::StatusOr<pid_t> keeper = SpawnKeeper(spec, keepers_end, streams->theirs);
    if (!keeper.ok()) return keeper.status();
    // Theirs alone from here on, so that their end can be seen.
    keepers_end = ipc::UniqueFd();
    streams->theirs = {};

    KeeperReport report{KeeperReport::Kind::kFailed, 0};
    if (recv(sockets[0], &report, sizeof(report), 0) != static_cast<ssize_t>(sizeof(report))) report.value = EPIPE;
    bool started = report.kind == KeeperReport::Kind::kStarted;
    if (started) process_id_ = static_cast<uint32_t>(report.value);
    watcher_ = std::thread([state = state_, socket = socket_, keeper = *keeper] { Watch(*state, *socket, keeper); });
    return started ? absl::OkStatus() : absl::ErrnoToStatus(report.value, absl::StrCat("start ", spec.executable));
  }

  Request AskToEnd() override {
    Command(KeeperCommand::kAskToEnd);
    return {true, exit().has_value() ? "SIGTERM to the processes that are left"
                                     : absl::StrCat("SIGTERM to process group ", process_id())};
  }

  void Kill() override { Command(KeeperCommand::kKill); }

  void LetGo() override { Command(KeeperCommand::kLetGo); }

 private:
  static absl::StatusOr<pid_t> SpawnKeeper(const ProcessSpec& spec, const ipc::UniqueFd& keepers_end,
                                           const std::array<ipc::UniqueFd, 3>& streams) {
    std::string keeper = KeeperPath();
    std::vector<std::string> arguments = {keeper, spec.executable};
    arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    Environment environment(spec);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    // The socket last: its number may be that of a stream not yet moved.
    for (int i = 0; i < 3; ++i) {
      posix_spawn_file_actions_adddup2(&actions, streams[static_cast<size_t>(i)].get(), i);
    }
    posix_spawn_file_actions_adddup2(&actions, keepers_end.get(), kKeeperSocket);
    if (!spec.working_directory.empty()) {
      posix_spawn_file_actions_addchdir_np(&actions, spec.working_directory.c_str());
    }
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes, &all);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    pid_t pid = 0;
    int error = posix_spawn(&pid, keeper.c_str(), &actions, &attributes, pointers.data(), environment.get());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return absl::ErrnoToStatus(error, absl::StrCat("start ", keeper));
    return pid;
  }

  // Until no process is left; then the keeper has ended, and so is the conversation.
  static void Watch(State& state, const ipc::UniqueFd& socket, pid_t keeper) {
    KeeperReport report{};
    bool exited = false;
    while (true) {
      ssize_t size = recv(socket.get(), &report, sizeof(report), 0);
      if (size < 0 && errno == EINTR) continue;
      if (size != static_cast<ssize_t>(sizeof(report))) break;
      if (report.kind != KeeperReport::Kind::kExited) continue;
      exited = true;
      state.NoteExit(FromWaitStatus(report.value));
    }
    while (waitpid(keeper, nullptr, 0) < 0 && errno == EINTR) {
    }
    // Somebody killed the keeper, and the kernel the program with it.
    if (!exited) state.NoteExit({-1, SIGKILL});
    state.NoteEmpty();
  }

  void Command(KeeperCommand command) {
    // Fails only if the keeper has ended, and then nothing is left to be done.
    (void)send(socket_->get(), &command, sizeof(command), MSG_NOSIGNAL);
  }

  // Shared with the watcher, which may have to outlive this.
  std::shared_ptr<ipc::UniqueFd> socket_;
  std::thread watcher_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessTree>> ProcessTree::Start(const ProcessSpec& spec) {
  if (!absl::StartsWith(spec.executable, "/")) {
    return absl::InvalidArgumentError(absl::StrCat(spec.executable, " is not a full path"));
  }
  struct stat about {};
  if (!spec.working_directory.empty()) {
    if (stat(spec.working_directory.c_str(), &about) != 0) return SystemError(spec.working_directory);
    if (!S_ISDIR(about.st_mode)) return absl::InvalidArgumentError(spec.working_directory + " is no folder");
  }
  auto tree = std::make_unique<PosixProcessTree>();
  absl::Status begun = tree->Begin(spec);
  if (!begun.ok()) return begun;
  return tree;
}

}  // namespace resource_broker::process
