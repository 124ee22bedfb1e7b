#include "resource_modules/process/process_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "absl/synchronization/notification.h"
#include "resource_modules/process/testing/running.h"
#include "resource_modules/sdk/program.h"

namespace resource_broker::process {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

constexpr seconds kLongEnough(20);

std::string Folder() { return std::filesystem::u8path(sdk::ProgramPath()).parent_path().generic_u8string(); }

ProcessSpec Subject(std::vector<std::string> arguments) {
  ProcessSpec spec;
  spec.executable = std::filesystem::u8path(Folder() + "/process_subject")
                        .replace_extension(std::filesystem::u8path(sdk::ProgramPath()).extension())
                        .generic_u8string();
  spec.arguments = std::move(arguments);
  spec.with_streams = true;
  return spec;
}

std::string ReadLine(Stream&& stream) {
  std::string line;
  char c = 0;
  while (stream.Read(&c, 1) == 1 && c != '\n') {
    if (c != '\r') line.push_back(c);
  }
  return line;
}

std::string ReadLine(Stream& stream) { return ReadLine(std::move(stream)); }

std::string ReadAll(Stream& stream) {
  std::string text;
  char buffer[4096];
  while (size_t size = stream.Read(buffer, sizeof(buffer))) text.append(buffer, size);
  return text;
}

steady_clock::time_point Soon() { return steady_clock::now() + kLongEnough; }

// A started subject with its streams.
struct Running {
  explicit Running(const ProcessSpec& spec) : Running(ProcessTree::Start(spec)) {}
  explicit Running(absl::StatusOr<std::unique_ptr<ProcessTree>> started) {
    EXPECT_TRUE(started.ok()) << started.status();
    tree = *std::move(started);
    streams = tree->TakeStreams();
  }
  std::unique_ptr<ProcessTree> tree;
  Streams streams;
};

TEST(ProcessTreeTest, ProgramEnds_ItsExitCodeIsKnownAndTheTreeIsEmpty) {
  Running subject(Subject({"exit", "7"}));
  ASSERT_TRUE(subject.tree->WaitForExit(Soon()));
  EXPECT_EQ(subject.tree->exit()->code, 7);
  EXPECT_EQ(subject.tree->exit()->signal, 0);
  EXPECT_EQ(subject.tree->exit()->ToString(), "exit code 7");
  EXPECT_TRUE(subject.tree->WaitUntilEmpty(Soon()));
}

TEST(ProcessTreeTest, Arguments_ArriveUnchanged) {
  std::vector<std::string> arguments = {"arguments",
                                        "",
                                        "a b",
                                        "\"quoted\"",
                                        "back\\slash\\",
                                        "$HOME;`id`",
                                        "*",
                                        "%PATH% & dir",
                                        "gr\xC3\xBC\xC3\x9F \xE4\xBD\xA0"};
  Running subject(Subject(arguments));
  std::string expected;
  for (size_t i = 1; i < arguments.size(); ++i) expected += arguments[i] + "\n";
  std::string seen;
  for (size_t i = 1; i < arguments.size(); ++i) seen += ReadLine(subject.streams.out) + "\n";
  EXPECT_EQ(seen, expected);
}

TEST(ProcessTreeTest, EnvironmentAndFolder_AreSetAndTheModulesOwnEndpointIsNotPassedOn) {
  ProcessSpec spec = Subject({"environment", "RB_PROCESS_TEST"});
  spec.environment = {{"RB_PROCESS_TEST", "a=b c"}};
  EXPECT_EQ(ReadLine(Running(spec).streams.out), "a=b c");
  EXPECT_EQ(ReadLine(Running(Subject({"environment", "RESOURCE_BROKER_MODULE_ENDPOINT"})).streams.out), "(none)");
  EXPECT_NE(ReadLine(Running(Subject({"environment", "PATH"})).streams.out), "(none)");
  spec = Subject({"folder"});
  spec.working_directory = std::filesystem::u8path(Folder()).parent_path().generic_u8string();
  EXPECT_EQ(ReadLine(Running(spec).streams.out), spec.working_directory);
}

TEST(ProcessTreeTest, ProgramOrFolderDoesNotExist_FailsAndNamesIt) {
  ProcessSpec spec = Subject({"exit", "0"});
  spec.executable = Folder() + "/no_such_program";
  absl::Status error = ProcessTree::Start(spec).status();
  EXPECT_TRUE(absl::IsNotFound(error)) << error;
  EXPECT_THAT(error.ToString(), HasSubstr("no_such_program"));
  spec = Subject({"exit", "0"});
  spec.working_directory = Folder() + "/no_such_folder";
  EXPECT_FALSE(ProcessTree::Start(spec).ok());
  spec.executable = "process_subject";
  EXPECT_TRUE(absl::IsInvalidArgument(ProcessTree::Start(spec).status()));
}

TEST(ProcessTreeTest, Streams_CarryMuchDataBothWays) {
  Running subject(Subject({"copy"}));
  std::string sent(1 << 20, 'x');
  std::thread writer([&] {
    EXPECT_TRUE(subject.streams.in.WriteAll(sent));
    subject.streams.in.Close();
  });
  EXPECT_EQ(ReadAll(subject.streams.out).size(), sent.size());
  writer.join();
  EXPECT_EQ(ReadLine(subject.streams.error), "copied");
}

TEST(ProcessTreeTest, AskedToEnd_TheProgramEndsItsOwnWay) {
  if (!CanBeAskedToEnd()) GTEST_SKIP() << "this system does not deliver CTRL_BREAK";
  Running subject(Subject({"graceful", "5"}));
  ASSERT_EQ(ReadLine(subject.streams.out), "ready");
  Request asked = subject.tree->AskToEnd();
  EXPECT_TRUE(asked.delivered);
  EXPECT_THAT(asked.description, HasSubstr(std::to_string(subject.tree->process_id())));
  ASSERT_TRUE(subject.tree->WaitForExit(Soon()));
  EXPECT_EQ(subject.tree->exit()->code, 5);
}

TEST(ProcessTreeTest, AskedToEnd_AProgramWithAWindowClosesIt) {
  Running subject(Subject({"window"}));
  if (ReadLine(subject.streams.out) != "ready") GTEST_SKIP() << "there are no windows here";
  EXPECT_THAT(subject.tree->AskToEnd().description, HasSubstr("WM_CLOSE"));
  ASSERT_TRUE(subject.tree->WaitForExit(Soon()));
  EXPECT_EQ(subject.tree->exit()->code, 6);
}

TEST(ProcessTreeTest, StubbornProgram_StaysWhenAskedAndEndsWhenKilled) {
  Running subject(Subject({"stubborn"}));
  ASSERT_EQ(ReadLine(subject.streams.out), "ready");
  subject.tree->AskToEnd();
  EXPECT_FALSE(subject.tree->WaitForExit(steady_clock::now() + milliseconds(300)));
  subject.tree->Kill();
  EXPECT_TRUE(subject.tree->WaitUntilEmpty(Soon()));
  EXPECT_TRUE(subject.tree->exit().has_value());
}

TEST(ProcessTreeTest, DetachedGrandchild_IsKilledWithTheTree) {
  Running subject(Subject({"detach"}));
  uint32_t grandchild = static_cast<uint32_t>(std::stoul(ReadLine(subject.streams.out)));
  ASSERT_EQ(ReadLine(subject.streams.out), "ready");
  ASSERT_TRUE(IsRunning(grandchild));
  subject.tree->Kill();
  EXPECT_TRUE(subject.tree->WaitUntilEmpty(Soon()));
  EXPECT_FALSE(IsRunning(grandchild));
}

TEST(ProcessTreeTest, ProgramEndsAndLeavesAnOrphan_TheTreeIsNotEmptyUntilItIsKilled) {
  Running subject(Subject({"orphan"}));
  uint32_t orphan = static_cast<uint32_t>(std::stoul(ReadLine(subject.streams.out)));
  ASSERT_TRUE(subject.tree->WaitForExit(Soon()));
  EXPECT_FALSE(subject.tree->WaitUntilEmpty(steady_clock::now() + milliseconds(300)));
  EXPECT_TRUE(IsRunning(orphan));
  subject.tree->Kill();
  EXPECT_TRUE(subject.tree->WaitUntilEmpty(Soon()));
  EXPECT_FALSE(IsRunning(orphan));
}

TEST(ProcessTreeTest, OrphanLetGo_LivesOnWithoutTheTree) {
  uint32_t orphan = 0;
  {
    Running subject(Subject({"orphan"}));
    orphan = static_cast<uint32_t>(std::stoul(ReadLine(subject.streams.out)));
    ASSERT_TRUE(subject.tree->WaitForExit(Soon()));
    subject.tree->LetGo();
    EXPECT_TRUE(subject.tree->WaitUntilEmpty(Soon()));
  }
  EXPECT_TRUE(IsRunning(orphan));
  KillProcess(orphan);
  EXPECT_TRUE(WaitUntilGone(orphan, kLongEnough));
}

TEST(ProcessTreeTest, StreamInterrupted_GivesWhatIsThereAndBlocksNoMore) {
  Running subject(Subject({"wait"}));
  ASSERT_EQ(ReadLine(subject.streams.out), "ready");
  absl::Notification reading;
  std::thread interrupter([&] {
    reading.WaitForNotification();
    subject.streams.out.Interrupt();
    subject.streams.in.Interrupt();
  });
  reading.Notify();
  EXPECT_EQ(ReadAll(subject.streams.out), "");
  // More than the pipe holds, and nobody reads it.
  EXPECT_FALSE(subject.streams.in.WriteAll(std::string(1 << 20, 'x')));
  interrupter.join();
}

TEST(ProcessTreeTest, TreeDestroyed_NothingIsLeft) {
  uint32_t orphan = 0;
  uint32_t program = 0;
  {
    Running subject(Subject({"detach"}));
    orphan = static_cast<uint32_t>(std::stoul(ReadLine(subject.streams.out)));
    program = subject.tree->process_id();
    EXPECT_TRUE(IsRunning(program));
  }
  EXPECT_FALSE(IsRunning(program));
  EXPECT_FALSE(IsRunning(orphan));
}

TEST(ProcessTreeTest, WokenWhileWaiting_TheWaitEndsIfItIsToGiveUp) {
  Running subject(Subject({"wait"}));
  std::atomic<bool> cancelled{false};
  absl::Notification waiting;
  std::thread canceller([&] {
    waiting.WaitForNotification();
    cancelled = true;
    subject.tree->Wake();
  });
  steady_clock::time_point begin = steady_clock::now();
  EXPECT_FALSE(subject.tree->WaitForExit(Soon(), [&] {
    if (!waiting.HasBeenNotified()) waiting.Notify();
    return cancelled.load();
  }));
  EXPECT_LT(steady_clock::now() - begin, kLongEnough);
  canceller.join();
}

TEST(ProcessTreeTest, OnExit_IsCalledOnceAlsoWhenItIsLate) {
  Running subject(Subject({"exit", "3"}));
  absl::Notification ended;
  subject.tree->OnExit([&](const ExitStatus& status) {
    EXPECT_EQ(status.code, 3);
    ended.Notify();
  });
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(absl::Seconds(20)));
  bool late = false;
  subject.tree->OnExit([&](const ExitStatus&) { late = true; });
  EXPECT_TRUE(late);
}

}  // namespace
}  // namespace resource_broker::process
