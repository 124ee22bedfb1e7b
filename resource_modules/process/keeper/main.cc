// process_keeper PROGRAM [ARGUMENTS]: runs a program and stays the ancestor of everything it starts.
//
// Started by process_tree_posix.cc, never by hand. Whatever the program leaves behind becomes this process's child
// (PR_SET_CHILD_SUBREAPER), however it detached itself, so that the whole tree can be found and ended; and when the
// module is gone, however it ended, the tree is ended. It is a program of its own because that must work in a process
// with one thread.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "resource_modules/process/keeper/descendants.h"
#include "resource_modules/process/keeper/protocol.h"

namespace resource_broker::process {
namespace {

// While killing, processes may appear between a look at /proc and the kill. The death of their parent wakes us; should
// one slip through all the same, we look again after this.
constexpr int kLookAgainMs = 100;

class Keeper {
 public:
  int Run(char** arguments) {
    // A group that is signalled as a whole (a terminal's, a service manager's) must not end the keeper first.
    sigset_t blocked;
    sigfillset(&blocked);
    sigset_t before;
    sigprocmask(SIG_SETMASK, &blocked, &before);
    sigset_t child_signal;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    int children = signalfd(-1, &child_signal, SFD_CLOEXEC | SFD_NONBLOCK);
    fcntl(kKeeperSocket, F_SETFD, FD_CLOEXEC);
    if (children < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || !Start(arguments, before)) {
      Report(KeeperReport::Kind::kFailed, errno);
      return 1;
    }
    // Only the program holds its streams from here on.
    for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) close(stream);
    Report(KeeperReport::Kind::kStarted, program_);

    pollfd wakers[] = {{children, POLLIN, 0}, {kKeeperSocket, POLLIN, 0}};
    while (Reap() && !let_go_) {
      if (killing_) KillAll();
      poll(wakers, killing_ ? 1 : 2, killing_ ? kLookAgainMs : -1);
      signalfd_siginfo ignored;
      while (read(children, &ignored, sizeof(ignored)) > 0) {
      }
      if (!killing_ && wakers[1].revents != 0) Obey();
    }
    return 0;
  }

 private:
  // False, with errno, if it could not be executed.
  bool Start(char** arguments, const sigset_t& signals) {
    // The child writes errno here if exec fails; exec itself closes it.
    int failure[2];
    if (pipe2(failure, O_CLOEXEC) != 0) return false;
    pid_t keeper = getpid();
    program_ = fork();
    if (program_ < 0) return false;
    if (program_ == 0) {
      setsid();
      // Should the keeper be killed, nobody could end the program any more.
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != keeper) _exit(127);
      sigprocmask(SIG_SETMASK, &signals, nullptr);
      execv(arguments[0], arguments);
      int error = errno;
      if (write(failure[1], &error, sizeof(error)) < 0) _exit(126);
      _exit(127);
    }
    close(failure[1]);
    int error = 0;
    bool failed = read(failure[0], &error, sizeof(error)) == static_cast<ssize_t>(sizeof(error));
    close(failure[0]);
    if (failed) waitpid(program_, nullptr, 0);
    errno = error;
    return !failed;
  }

  // Takes note of those that have ended; false if nobody is left.
  bool Reap() {
    while (true) {
      int status = 0;
      pid_t ended = waitpid(-1, &status, WNOHANG);
      if (ended == 0) return true;
      if (ended < 0) return errno != ECHILD;
      if (ended == program_) {
        program_ended_ = true;
        Report(KeeperReport::Kind::kExited, status);
      }
    }
  }

  void Obey() {
    uint8_t command = 0;
    ssize_t size = recv(kKeeperSocket, &command, 1, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0 || command == static_cast<uint8_t>(KeeperCommand::kKill)) {
      killing_ = true;
    } else if (command == static_cast<uint8_t>(KeeperCommand::kLetGo)) {
      let_go_ = true;
    } else if (command == static_cast<uint8_t>(KeeperCommand::kAskToEnd)) {
      if (!program_ended_) {
        // Not reaped yet, so the group's number is still its own.
        kill(-program_, SIGTERM);
      } else {
        for (const ProcessIdentity& process : Descendants(getpid())) SendSignal(process, SIGTERM);
      }
    }
  }

  static void KillAll() {
    for (const ProcessIdentity& process : Descendants(getpid())) SendSignal(process, SIGKILL);
  }

  static void Report(KeeperReport::Kind kind, int32_t value) {
    KeeperReport report{kind, value};
    // Nobody to tell if the module is gone: the poll notices that too.
    (void)send(kKeeperSocket, &report, sizeof(report), MSG_NOSIGNAL);
  }

  pid_t program_ = 0;
  bool program_ended_ = false;
  bool killing_ = false;
  bool let_go_ = false;
};

}  // namespace
}  // namespace resource_broker::process

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("process_keeper is started by modules of Resource Broker, not by hand\n", stderr);
    return 2;
  }
  return resource_broker::process::Keeper().Run(argv + 1);
}
