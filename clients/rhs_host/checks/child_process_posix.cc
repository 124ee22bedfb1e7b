#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "clients/rhs_host/checks/child_process.h"

namespace resource_broker::rhs_host {

absl::StatusOr<ChildEnd> RunThisProgram(const std::vector<std::string>& arguments, const std::string& output,
                                        absl::Duration limit) {
  constexpr char kSelf[] = "/proc/self/exe";
  std::vector<char*> list = {const_cast<char*>("rhs_host")};
  for (const std::string& argument : arguments) list.push_back(const_cast<char*>(argument.c_str()));
  list.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t process = 0;
  const int error = posix_spawn(&process, kSelf, &actions, nullptr, list.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::InternalError(absl::StrCat("a process can't be started: ", strerror(error)));

  // A wait with an end: the thread waits, and this one for it.
  absl::Notification ended;
  int status = 0;
  std::thread waiter([&] {
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    ended.Notify();
  });
  ChildEnd end;
  end.timed_out = !ended.WaitForNotificationWithTimeout(limit);
  if (end.timed_out) kill(process, SIGKILL);
  waiter.join();
  end.crashed = WIFSIGNALED(status) && !end.timed_out;
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  end.how = WIFSIGNALED(status) ? absl::StrCat("SIG", sigabbrev_np(WTERMSIG(status)))
                                : absl::StrCat("exit code ", WEXITSTATUS(status));
  return end;
}

void ExpectCrashes() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

}  // namespace resource_broker::rhs_host
