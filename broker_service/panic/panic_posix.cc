#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "broker_service/panic/panic.h"
#include "broker_service/panic/panic_line.h"
#include "ipc/unique_fd_posix.h"

namespace resource_broker::broker {
namespace {

// Made beforehand: a handler can't read files.
std::array<char, 512> g_core_hint{};

const char* NameOf(int signal_number) {
  switch (signal_number) {
    case SIGABRT:
      return "SIGABRT";
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    default:
      return "signal";
  }
}

void OnSignal(int signal_number, siginfo_t* info, void*) {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  PanicLine line = BeginPanicLine(now.tv_sec, static_cast<uint32_t>(getpid()));
  line.Add(NameOf(signal_number));
  if (signal_number == SIGABRT) {
    if (*TerminateReason() != '\0') line.Add(" (").Add(TerminateReason()).Add(")");
  } else {
    line.Add(" at ").AddHex(reinterpret_cast<uintptr_t>(info->si_addr));
  }
  line.Add("; ").Add(g_core_hint.data()).Add("\n");
  // Nothing can be done about an error.
  if (write(STDERR_FILENO, line.data(), line.size()) < 0) {
  }
  // The handler was for once: the signal now does what it does to others, which makes the core.
  raise(signal_number);
}

}  // namespace

absl::Status RedirectErrors(const std::filesystem::path& file) {
  const ipc::UniqueFd fd(open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid() || dup2(fd.get(), STDERR_FILENO) < 0) {
    return absl::UnavailableError(absl::StrCat(file.string(), ": ", strerror(errno)));
  }
  return absl::OkStatus();
}

void InstallCrashHandlers(const std::filesystem::path& dumps) {
  CoreHint().copy(g_core_hint.data(), g_core_hint.size() - 1);
  for (const int signal_number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    struct sigaction there = {};
    if (sigaction(signal_number, nullptr, &there) != 0 || there.sa_handler != SIG_DFL) continue;
    struct sigaction action = {};
    action.sa_sigaction = OnSignal;
    action.sa_flags = SA_SIGINFO | SA_RESETHAND | SA_NODEFER;
    sigaction(signal_number, &action, nullptr);
  }
}

std::string CoreHint() {
  std::ifstream stream("/proc/sys/kernel/core_pattern");
  std::string pattern;
  std::getline(stream, pattern);
  pattern = std::string(absl::StripAsciiWhitespace(pattern));
  if (pattern.empty()) return "no core: kernel.core_pattern is empty";
  // Such a program gets it whatever the limit is.
  if (pattern.front() == '|') {
    return absl::StrCat("the core goes to the program ", pattern.substr(1), " (coredumpctl, where it is systemd's)");
  }
  rlimit limit = {};
  if (getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0) {
    return "no core: the limit of its size is 0 (LimitCORE= of the unit, ulimit -c)";
  }
  if (pattern.front() == '/') return absl::StrCat("the core goes to ", pattern, " (kernel.core_pattern)");
  std::array<char, 4096> folder{};
  if (getcwd(folder.data(), folder.size()) == nullptr) return absl::StrCat("the core goes to ", pattern);
  return absl::StrCat("the core goes to ", pattern, " in ", folder.data(), " (kernel.core_pattern)");
}

}  // namespace resource_broker::broker
