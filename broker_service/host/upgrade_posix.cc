// Where no service manager runs the broker: `run --take-over`.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "broker_service/deadline.h"
#include "broker_service/host/command_line.h"
#include "broker_service/host/upgrade.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

// Between two questions to the new broker, whose end is noticed at once.
constexpr absl::Duration kAskEvery = absl::Milliseconds(100);

std::string Read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// A process and how it was started.
struct Command {
  fs::path program;
  std::vector<std::string> arguments;
  fs::path folder;
};

Command CommandOf(uint32_t process_id) {
  const fs::path proc = absl::StrCat("/proc/", process_id);
  std::error_code error;
  Command command;
  command.program = fs::read_symlink(proc / "exe", error);
  command.folder = fs::read_symlink(proc / "cwd", error);
  std::vector<std::string> words = absl::StrSplit(Read(proc / "cmdline"), '\0');
  if (!words.empty()) words.pop_back();  // behind the last NUL
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] != "--take-over") command.arguments.push_back(words[i]);
  }
  return command;
}

// "resource-broker.service", where systemd has started the process as that.
std::string UnitOf(uint32_t process_id) {
  const std::string groups = Read(absl::StrCat("/proc/", process_id, "/cgroup"));
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(groups, '\n'))) {
    const std::string unit = line.substr(line.rfind('/') + 1);
    if (absl::StartsWith(unit, "resource-broker") && absl::EndsWith(unit, ".service")) return unit;
  }
  return "";
}

// A process of its own session that outlives this one; its end is seen while this one lives.
class Detached {
 public:
  static absl::StatusOr<Detached> Start(const Command& command) {
    std::vector<std::string> words = {command.program.string()};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    // It logs to its own file.
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addchdir_np(&files, command.folder.c_str());
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    pid_t pid = 0;
    const int failed = posix_spawn(&pid, argv[0], &files, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0) return absl::ErrnoToStatus(failed, words.front());
    return Detached(pid);
  }

  uint32_t process_id() const { return static_cast<uint32_t>(pid_); }

  // Its end, if that comes within `wait`.
  std::optional<std::string> Ended(absl::Duration wait) {
    const int process = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    pollfd ended = {process, POLLIN, 0};
    poll(&ended, process < 0 ? 0 : 1, static_cast<int>(absl::ToInt64Milliseconds(wait)));
    if (process >= 0) close(process);
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    return WIFEXITED(status) ? absl::StrCat("ended with exit code ", WEXITSTATUS(status))
                             : absl::StrCat("was killed by signal ", WTERMSIG(status));
  }

  void Kill() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  explicit Detached(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

// Starts it and waits until it answers as the broker. After an error it does not run.
absl::StatusOr<uint32_t> StartAndWait(const Command& command, const UpgradeOptions& options) {
  const Deadline deadline(options.limit);
  absl::StatusOr<Detached> started = Detached::Start(command);
  if (!started.ok()) return started.status();
  while (!deadline.passed()) {
    if (const auto end = started->Ended(kAskEvery); end.has_value()) {
      return absl::UnavailableError(absl::StrCat(command.program.string(), " ", *end));
    }
    const absl::StatusOr<RunningBroker> running = FindRunning(options.config);
    if (running.ok() && running->process_id == started->process_id()) return running->process_id;
  }
  started->Kill();
  return absl::DeadlineExceededError(absl::StrCat(command.program.string(), " did not serve within ",
                                                  absl::FormatDuration(options.limit), " and was killed"));
}

}  // namespace

fs::path ConfigOfService() { return {}; }

// What systemd starts is its unit's matter.
bool ServiceIsStopped() { return false; }

int StartProgram(const UpgradeOptions& options) { return kExitNoBroker; }

int ReplaceProgram(const UpgradeOptions& options, const RunningBroker& running) {
  const Command former = CommandOf(running.process_id);
  if (const std::string unit = UnitOf(running.process_id); !unit.empty()) {
    fprintf(stderr,
            "resource_broker upgrade: systemd runs this broker (%s). Nothing was changed; these two lines do it:\n"
            "  install -m 0755 %s %s\n  systemctl kill --kill-who=main -s USR1 %s\n",
            unit.c_str(), options.program.c_str(), former.program.c_str(), unit.c_str());
    return kExitUsage;
  }
  Command next;
  next.program = options.program;
  next.arguments = {"run", "--take-over"};
  if (!options.config_file.empty()) next.arguments.insert(next.arguments.end(), {"--config", options.config_file});
  next.folder = "/";
  const absl::StatusOr<uint32_t> started = StartAndWait(next, options);
  if (started.ok()) {
    printf("Process %u has taken over.\n", *started);
    return kExitOk;
  }
  fprintf(stderr, "resource_broker upgrade: %s; %s/logs/resource_broker.log says why\n",
          std::string(started.status().message()).c_str(), options.config.data_directory().c_str());
  if (const auto still = FindRunning(options.config); still.ok() && still->process_id == running.process_id) {
    fprintf(stderr, "Process %u goes on.\n", running.process_id);
    return kExitFailed;
  }
  const absl::StatusOr<uint32_t> again = StartAndWait(former, options);
  if (again.ok()) {
    fprintf(stderr, "%s was started again and runs as process %u.\n", former.program.c_str(), *again);
    return kExitFailed;
  }
  fprintf(stderr, "The program of before can't be started again: %s\nNo broker runs now: start one.\n",
          std::string(again.status().message()).c_str());
  return kExitNoBroker;
}

}  // namespace resource_broker::broker
