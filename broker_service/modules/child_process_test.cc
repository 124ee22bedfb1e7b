#include "broker_service/modules/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "broker_service/host/platform.h"
#include "broker_service/modules/testing/child.h"
#include "broker_service/modules/testing/installed_modules.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;

ChildOptions Subject(std::vector<std::string> arguments) {
  ChildOptions options;
  options.program = std::filesystem::u8path(PROCESS_SUBJECT);
  options.arguments = std::move(arguments);
  options.folder = ProgramFile().parent_path();
  return options;
}

// Programs on Windows end their lines in two bytes.
std::string Lines(std::string text) { return absl::StrReplaceAll(text, {{"\r\n", "\n"}}); }

TEST(ChildProcessTest, Ends_ItsExitCodeIsTold) {
  EXPECT_EQ(Child(Subject({"exit", "7"})).AwaitEnd().exit_code, 7);
  EXPECT_EQ(Child(Subject({"exit", "0"})).AwaitEnd().exit_code, 0);
}

TEST(ChildProcessTest, EveryArgument_ArrivesAsItIs) {
  const std::vector<std::string> arguments = {"",       "a b",   "\"",        "\\",   "a\\\"b",   "\\\\",  "c:\\x y\\",
                                              "%PATH%", "$HOME", "`x`; rm *", "a\tb", "\xC3\xA4", "^&|<>", "'"};
  std::vector<std::string> all = {"arguments"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  Child child(Subject(all));
  EXPECT_EQ(child.AwaitEnd().exit_code, 0);
  EXPECT_EQ(Lines(child.Output()), absl::StrJoin(arguments, "\n") + "\n");
}

TEST(ChildProcessTest, EnvironmentIsAdded_AndTheRestIsInherited) {
  ChildOptions options = Subject({"environment", "RB_TEST"});
  options.environment = {{"RB_TEST", "x=y  z"}};
  Child child(options);
  child.AwaitEnd();
  EXPECT_EQ(Lines(child.Output()), "x=y  z\n");
  Child inherited(Subject({"environment", "PATH"}));
  inherited.AwaitEnd();
  EXPECT_NE(Lines(inherited.Output()), "(none)\n");
}

TEST(ChildProcessTest, Folder_IsTheOneSaid) {
  TemporaryFolder folder;
  ChildOptions options = Subject({"folder"});
  options.folder = folder.path();
  Child child(options);
  child.AwaitEnd();
  EXPECT_THAT(child.Output(), HasSubstr(folder.path().filename().u8string()));
}

TEST(ChildProcessTest, Input_IsEmpty) {
  Child child(Subject({"copy"}));
  EXPECT_EQ(child.AwaitEnd().exit_code, 0);
  EXPECT_EQ(child.Output(), "");
  EXPECT_EQ(Lines(child.Errors()), "copied\n");
}

TEST(ChildProcessTest, LetGoAndAdopted_GoesOnAndItsOutputArrives) {
  TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "go";
  ChildRecord record;
  {
    Child child(Subject({"await_file", file.u8string()}));
    child.AwaitOutput("ready");
    record = child.AwaitStart();
    child.process()->LetGo();
  }
  ASSERT_TRUE(CheckIdentity(record.identity).ok());
  // It speaks while nobody listens.
  WriteFile(file, "");
  Child again(record);
  EXPECT_EQ(again.AwaitStart().identity.process_id, record.identity.process_id);
  EXPECT_EQ(Lines(again.AwaitOutput("seen")), "seen\n");
  std::filesystem::remove(file);
  EXPECT_EQ(again.AwaitEnd().start, absl::OkStatus());
}

TEST(ChildProcessTest, AdoptedAndKilled_EndsAtOnce) {
  ChildRecord record;
  {
    Child child(Subject({"stubborn"}));
    child.AwaitOutput("ready");
    record = child.AwaitStart();
    child.process()->LetGo();
  }
  Child again(record);
  again.AwaitStart();
  again.process()->KillTree();
  again.AwaitEnd();
  EXPECT_TRUE(absl::IsNotFound(CheckIdentity(record.identity)));
}

TEST(ChildProcessTest, AdoptedByTheRecordOfAnother_IsRefusedAndLives) {
  Child child(Subject({"wait"}));
  child.AwaitOutput("ready");
  const ChildRecord record = child.AwaitStart();
  ChildRecord started_later = record;
  ++started_later.identity.start_time;
  EXPECT_THAT(Child(started_later).AwaitEnd().start.message(), HasSubstr("another time"));
  ChildRecord other_program = record;
  other_program.identity.image_hash.back() ^= 1;
  EXPECT_THAT(Child(other_program).AwaitEnd().start.message(), HasSubstr("another program"));
  EXPECT_TRUE(CheckIdentity(record.identity).ok());
}

TEST(ChildProcessTest, Killed_EndsAtOnce) {
  Child child(Subject({"stubborn"}));
  child.AwaitOutput("ready");
  child.process()->KillTree();
  EXPECT_NE(child.AwaitEnd().exit_code, 0);
  child.process()->KillTree();
}

TEST(ChildProcessTest, GoesWhileItRuns_TheProgramIsKilled) {
  Child child(Subject({"wait"}));
  child.AwaitOutput("ready");
}

TEST(ChildProcessTest, ProgramIsMissing_StartTellsWhich) {
  ChildOptions options = Subject({});
  options.program = options.program.parent_path() / "no_such_program";
  const ChildEnd end = Child(options).AwaitEnd();
  EXPECT_FALSE(end.start.ok());
  EXPECT_THAT(end.ToString(), HasSubstr("no_such_program"));
}

}  // namespace
}  // namespace resource_broker::broker::testing
