// `run --service`, and what a crash of it leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "broker_service/doctor/testing/installed_broker.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;

class ServicePosixTest : public ::testing::Test {
 protected:
  std::string Panic() const {
    std::ifstream stream(installed_.data() / "logs" / "panic.log", std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  std::string Config() { return installed_.options().config_file.u8string(); }

  InstalledBroker installed_;
};

TEST_F(ServicePosixTest, BrokerAborts_ThePanicFileHasTheLineAndTheCoreHint) {
  Program program({"run", "--service", "--config", Config()});
  const ChildRecord record = program.AwaitStart();
  installed_.AwaitAnswer();
  kill(static_cast<pid_t>(record.identity.process_id), SIGABRT);
  EXPECT_EQ(program.ExitCode(), -SIGABRT);
  EXPECT_THAT(Panic(), HasSubstr(", begins\n"));
  EXPECT_THAT(Panic(), HasSubstr("panic: SIGABRT; "));
  EXPECT_THAT(Panic(), HasSubstr("core"));
  EXPECT_EQ(program.Errors(), "");
}

TEST_F(ServicePosixTest, InAConsole_ThereIsNoPanicFile) {
  Program program({"run", "--config=" + Config()});
  program.AwaitErrors(" runs as process ");
  kill(static_cast<pid_t>(program.AwaitStart().identity.process_id), SIGSEGV);
  EXPECT_EQ(program.ExitCode(), -SIGSEGV);
  EXPECT_THAT(program.Errors(), HasSubstr("panic: SIGSEGV"));
  EXPECT_EQ(Panic(), "");
}

TEST_F(ServicePosixTest, ConfigurationIsWrong_TheProgramSaysItBeforeAnythingIsMade) {
  installed_.Configure(R"(, "logLevel": "loud")");
  EXPECT_EQ(Program({"run", "--config", Config()}).ExitCode(), 2);
  EXPECT_EQ(Panic(), "");
}

}  // namespace
}  // namespace resource_broker::broker::testing
