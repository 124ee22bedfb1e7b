// The program itself: its commands, and its exit codes.
#include "broker_service/host/testing/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker_service/modules/testing/installed_modules.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;

TEST(ProgramTest, Version_IsPrinted) {
  Program program({"--version"});
  EXPECT_EQ(program.ExitCode(), 0);
  EXPECT_THAT(program.Output(), HasSubstr("resource_broker " RESOURCE_BROKER_VERSION));
}

TEST(ProgramTest, Help_ShowsExamplesAndExitCodes) {
  Program program({"--help"});
  EXPECT_EQ(program.ExitCode(), 0);
  EXPECT_THAT(program.Output(), HasSubstr("Examples:"));
  EXPECT_THAT(program.Output(), HasSubstr("Exit codes:"));
}

TEST(ProgramTest, NoCommandOrAWrongOne_ExitCode2) {
  EXPECT_EQ(Program({}).ExitCode(), 2);
  EXPECT_EQ(Program({"dance"}).ExitCode(), 2);
  EXPECT_EQ(Program({"run", "--confg", "x"}).ExitCode(), 2);
}

TEST(ProgramTest, ConfigurationIsMissing_ExitCode2ThatNamesTheFile) {
  Program program({"run", "--config", "no_such_file.json"});
  EXPECT_EQ(program.ExitCode(), 2);
  EXPECT_THAT(program.Errors(), HasSubstr("no_such_file.json"));
}

TEST(ProgramTest, ConfigurationIsWrong_ExitCode2ThatNamesFileAndKey) {
  TemporaryFolder folder;
  WriteFile(folder.path() / "broker.json", R"({"limits": {"maxSesions": 1}})");
  Program program({"run", "--config", (folder.path() / "broker.json").u8string()});
  EXPECT_EQ(program.ExitCode(), 2);
  EXPECT_THAT(program.Errors(), HasSubstr("broker.json"));
  EXPECT_THAT(program.Errors(), HasSubstr("maxSesions"));
}

}  // namespace
}  // namespace resource_broker::broker::testing
