// The program itself: its commands, and its exit codes.
#include "broker_service/host/testing/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "broker_service/modules/testing/installed_modules.h"
#include "ipc/channel.h"

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

TEST(ProgramTest, CheckConfig_OkOrFileAndKeyAndReason) {
  TemporaryFolder folder;
  const std::string file = (folder.path() / "broker.json").u8string();
  WriteFile(folder.path() / "broker.json", R"({"logLevel": "debug"})");
  Program good({"check-config", "--config", file});
  EXPECT_EQ(good.ExitCode(), 0);
  EXPECT_THAT(good.Output(), HasSubstr("ok"));
  WriteFile(folder.path() / "broker.json", R"({"timeouts": {"takeOverMs": 86400001}})");
  Program wrong({"check-config", "--config", file});
  EXPECT_EQ(wrong.ExitCode(), 2);
  EXPECT_THAT(wrong.Errors(), HasSubstr("broker.json: timeouts.takeOverMs: must be 1 to 86400000"));
}

TEST(ProgramTest, UpgradeWhereNoBrokerRuns_ExitCode1AndNothingIsChanged) {
  TemporaryFolder folder;
  WriteFile(folder.path() / "broker.json",
            absl::StrCat(R"({"bridgeAddress": ")", ipc::PrivateAddress("bridge", folder.path().u8string()),
                         R"(", "adminAddress": ")", ipc::PrivateAddress("admin", folder.path().u8string()),
                         R"(", "dataDirectory": "data"})"));
  Program program({"upgrade", "no_such_program", "--config", (folder.path() / "broker.json").u8string()});
  EXPECT_EQ(program.ExitCode(), 1);
  EXPECT_THAT(program.Errors(), HasSubstr("there is nothing to upgrade"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "data"));
}

TEST(ProgramTest, TakeOverAsAService_IsAWrongCommandLine) {
  EXPECT_EQ(Program({"run", "--take-over", "--service"}).ExitCode(), 2);
}

}  // namespace
}  // namespace resource_broker::broker::testing
