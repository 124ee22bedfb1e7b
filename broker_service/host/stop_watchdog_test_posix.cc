// A stop that hangs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "broker_service/doctor/testing/installed_broker.h"
#include "broker_service/host/stop_watchdog.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;

TEST(StopWatchdogTest, StopHangs_TheProcessEndsWithExitCode1AndSaysWhy) {
  InstalledBroker installed;
  installed.Configure(R"(, "timeouts": {"brokerStopMs": 300}, "faults": {"allowed": true, "armed": [)"
                      R"({"point": "broker.stop", "action": "DELAY_BEFORE", "delayMs": 60000}]})");
  Program program({"run", "--config", installed.options().config_file.u8string()});
  program.AwaitErrors(" runs as process ");
  kill(static_cast<pid_t>(program.AwaitStart().identity.process_id), SIGTERM);
  EXPECT_EQ(program.ExitCode(), 1);
  EXPECT_THAT(program.Errors(), HasSubstr("Stopping took longer than 300ms"));
}

TEST(StopWatchdogTest, StopInTime_IsDisarmed) { StopWatchdog watchdog(absl::InfiniteDuration()); }

}  // namespace
}  // namespace resource_broker::broker::testing
