#include "broker_service/modules/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

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

TEST(ChildProcessTest, InputIsClosed_TheProgramSeesItsEnd) {
  Child child(Subject({"copy"}));
  EXPECT_NE(child.AwaitStart(), 0U);
  child.process()->CloseInput();
  EXPECT_EQ(child.AwaitEnd().exit_code, 0);
  EXPECT_EQ(child.Output(), "");
  EXPECT_EQ(Lines(child.Errors()), "copied\n");
}

TEST(ChildProcessTest, InputIsClosedBeforeItRuns_TheProgramSeesItsEnd) {
  Child child(Subject({"copy"}));
  child.process()->CloseInput();
  EXPECT_EQ(child.AwaitEnd().exit_code, 0);
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
