#include <unistd.h>

#include <csignal>

#include "resource_modules/process/testing/subject_system.h"

namespace resource_broker::process {
namespace {

volatile sig_atomic_t exit_code_when_asked = 0;

}  // namespace

std::vector<std::string> SubjectArguments(int argc, char** argv) { return {argv + 1, argv + argc}; }

void EndWhenAsked(int exit_code) {
  exit_code_when_asked = exit_code;
  std::signal(SIGTERM, [](int) { _exit(exit_code_when_asked); });
}

void IgnoreBeingAsked() { std::signal(SIGTERM, SIG_IGN); }

uint32_t OwnProcessId() { return static_cast<uint32_t>(getpid()); }

bool OpenWindow() { return false; }

int StayUntilClosed() { return 0; }

uint32_t StartDetached(const std::string& first, const std::string& second, bool keep_streams) {
  int answer[2];
  if (pipe(answer) != 0) return 0;
  pid_t middle = fork();
  if (middle == 0) {
    // As daemons do: a session of its own, and no parent.
    setsid();
    pid_t pid = fork();
    if (pid == 0) {
      pid = getpid();
      if (write(answer[1], &pid, sizeof(pid)) < 0) _exit(1);
      for (int fd = keep_streams ? 3 : 0; fd < 64; ++fd) close(fd);
      char* environment[] = {nullptr};
      execle("/proc/self/exe", "subject", first.c_str(), second.c_str(), nullptr, environment);
      _exit(1);
    }
    _exit(0);
  }
  pid_t pid = 0;
  if (read(answer[0], &pid, sizeof(pid)) < 0) return 0;
  return static_cast<uint32_t>(pid);
}

}  // namespace resource_broker::process
