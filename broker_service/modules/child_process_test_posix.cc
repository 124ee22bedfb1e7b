#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "broker_service/modules/child_process.h"
#include "broker_service/modules/testing/child.h"
#include "broker_service/modules/testing/installed_modules.h"

namespace resource_broker::broker::testing {
namespace {

ChildOptions Shell(const std::string& script) {
  ChildOptions options;
  options.program = "/bin/sh";
  options.arguments = {"-c", script};
  options.folder = "/";
  return options;
}

TEST(ChildProcessPosixTest, Killed_ItsChildrenGoWithIt) {
  Child child(Shell("sleep 1000 & echo $!; wait"));
  pid_t sleeper = 0;
  ASSERT_TRUE(absl::SimpleAtoi(absl::StripAsciiWhitespace(child.AwaitOutput("\n")), &sleeper));
  child.process()->KillTree();
  EXPECT_EQ(child.AwaitEnd().exit_code, -SIGKILL);
  // The sleeper's parent is gone, so init reaps it, in its own time.
  for (int i = 0; i < 1000 && kill(sleeper, 0) == 0; ++i) usleep(10000);
  EXPECT_NE(kill(sleeper, 0), 0);
}

TEST(ChildProcessPosixTest, DescendantKeepsTheOutputOpen_TheEndIsToldAllTheSame) {
  Child child(Shell("sleep 1000 & echo $!; exit 5"));
  EXPECT_EQ(child.AwaitEnd().exit_code, 5);
  pid_t sleeper = 0;
  ASSERT_TRUE(absl::SimpleAtoi(absl::StripAsciiWhitespace(child.Output()), &sleeper));
  // It is let live: what a module leaves behind may be a workload.
  EXPECT_EQ(kill(sleeper, SIGKILL), 0);
}

TEST(ChildProcessPosixTest, OpenDescriptors_AreNotInherited) {
  // Without O_CLOEXEC, as a library might open one.
  const int low = open("/dev/null", O_RDONLY);
  const int open_one = fcntl(low, F_DUPFD, 50);
  Child child(Shell("ls /proc/$$/fd | tr '\\n' ' '"));
  EXPECT_EQ(child.AwaitEnd().exit_code, 0);
  close(open_one);
  close(low);
  // Its standard streams, those of ChildRecord, and what the shell itself may have open beyond its ordinary ones.
  EXPECT_EQ(child.Output().substr(0, 10), "0 1 2 3 4 ");
  EXPECT_EQ(child.Output().find(std::to_string(open_one) + " "), std::string::npos) << child.Output();
}

TEST(ChildProcessPosixTest, Caps_AreTheProcessesLimits) {
  ChildOptions options = Shell("read go < \"$1\"; ulimit -d; ulimit -p");
  TemporaryFolder folder;
  const std::filesystem::path fifo = folder.path() / "go";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  options.arguments.insert(options.arguments.end(), {"sh", fifo.string()});
  options.max_memory_bytes = 100 << 20;
  options.max_processes = 5000;
  Child child(options);
  child.AwaitStart();
  WriteFile(fifo, "go\n");
  EXPECT_EQ(child.AwaitEnd().exit_code, 0);
  EXPECT_EQ(child.Output(), "102400\n5000\n");
}

TEST(ChildProcessPosixTest, KilledByASignal_TheSignalIsTold) {
  EXPECT_EQ(Child(Shell("kill -SEGV $$")).AwaitEnd().ToString(), "was killed by signal 11");
}

TEST(ChildProcessPosixTest, BlockedSignals_AreNotInherited) {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &term, nullptr);
  const ChildEnd end = Child(Shell("kill -TERM $$; exit 3")).AwaitEnd();
  pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
  EXPECT_EQ(end.exit_code, -SIGTERM);
}

}  // namespace
}  // namespace resource_broker::broker::testing
