#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "resource_modules/generic_service/systemd_unit_posix.h"
#include "resource_modules/sdk/result.h"
#include "resource_modules/testing/module_program.h"

namespace resource_broker::generic_service {
namespace {

using ::testing::HasSubstr;

// The systemctl here is a script that prints a file and notes its arguments: what is tested is what we ask of it and
// how we take its answers.
class SystemdUnitTest : public ::testing::Test {
 protected:
  SystemdUnitTest()
      : folder_(testing::TemporaryFolder("systemctl")), unit_(folder_ + "/systemctl", "-odd name.service") {
    std::ofstream(folder_ + "/systemctl")
        << "#!/bin/sh\n"
        << "printf '%s|' \"$@\" >>" << folder_ << "/calls\n"
        << "cat " << folder_ << "/answer\n"
        << "[ ! -f " << folder_ << "/error ] || { cat " << folder_ << "/error >&2; exit 5; }\n";
    chmod((folder_ + "/systemctl").c_str(), 0755);
    Answer("");
  }

  void Answer(const std::string& text) { std::ofstream(folder_ + "/answer") << text; }
  void Fail(const std::string& text) { std::ofstream(folder_ + "/error") << text; }
  std::string Calls() {
    std::ifstream file(folder_ + "/calls");
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  ServiceState State(const std::string& properties) {
    Answer("LoadState=loaded\n" + properties);
    auto status = unit_.Query();
    EXPECT_TRUE(status.ok()) << status.status();
    return status->state;
  }

  std::string folder_;
  SystemdUnit unit_;
};

TEST_F(SystemdUnitTest, ActiveStates_BecomeServiceStates) {
  EXPECT_EQ(State("ActiveState=active\nJob=0\n"), ServiceState::kRunning);
  EXPECT_EQ(State("ActiveState=reloading\n"), ServiceState::kRunning);
  EXPECT_EQ(State("ActiveState=activating\n"), ServiceState::kStartPending);
  EXPECT_EQ(State("ActiveState=deactivating\n"), ServiceState::kStopPending);
  EXPECT_EQ(State("ActiveState=inactive\nJob=0\n"), ServiceState::kStopped);
  EXPECT_EQ(State("ActiveState=failed\n"), ServiceState::kStopped);
  // Asked to start, and not begun.
  EXPECT_EQ(State("ActiveState=inactive\nJob=4711\n"), ServiceState::kStartPending);
}

TEST_F(SystemdUnitTest, FailedUnit_GivesItsCodes) {
  Answer("LoadState=loaded\nActiveState=failed\nMainPID=0\nExecMainStatus=3\nResult=exit-code\n");
  auto status = unit_.Query();
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->win32_exit_code, 1067);
  EXPECT_EQ(status->service_exit_code, 3);
}

TEST_F(SystemdUnitTest, UnknownUnit_DoesNotExist) {
  Answer("LoadState=not-found\nActiveState=inactive\n");
  absl::Status error = unit_.Query().status();
  EXPECT_EQ(sdk::Win32CodeOf(error), 1060);
  EXPECT_THAT(std::string(error.message()), HasSubstr("-odd name.service"));
}

TEST_F(SystemdUnitTest, Requests_AreHandedOverAndTheNameIsNeverAnOption) {
  EXPECT_TRUE(unit_.Start({}).ok());
  EXPECT_TRUE(unit_.Stop().ok());
  EXPECT_TRUE(unit_.KillProcess({}).ok());
  EXPECT_EQ(Calls(),
            "start|--no-block|--|-odd name.service|stop|--no-block|--|-odd name.service|"
            "kill|--signal=SIGKILL|--|-odd name.service|");
}

TEST_F(SystemdUnitTest, SystemctlFails_ItsWordsAreTheError) {
  Fail("Access denied\n");
  absl::Status error = unit_.Start({});
  EXPECT_THAT(std::string(error.message()), HasSubstr("Access denied"));
  EXPECT_THAT(std::string(error.message()), HasSubstr("exit code 5"));
}

TEST_F(SystemdUnitTest, StartParameters_AreRefused) { EXPECT_TRUE(absl::IsInvalidArgument(unit_.Start({"x"}))); }

TEST_F(SystemdUnitTest, WokenWait_EndsEarly) {
  std::thread waker([&] { unit_.Wake(); });
  auto begin = std::chrono::steady_clock::now();
  unit_.WaitForChange(std::chrono::seconds(60));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  waker.join();
}

}  // namespace
}  // namespace resource_broker::generic_service
