#include <gtest/gtest.h>

#include <csignal>

#include "broker_service/faults/faults.h"

namespace resource_broker::broker::testing {
namespace {

void PassArmed(const char* action) {
  v1::BrokerConfig::FaultSettings settings;
  settings.set_allowed(true);
  v1::Fault* fault = settings.add_armed();
  fault->set_point("module.execute");
  fault->set_action(action);
  Faults::OfProcess().Configure(settings);
  ReachFaultPoint(FaultPoint::kModuleExecute);
  AfterFaultPoint(FaultPoint::kModuleExecute);
}

TEST(CrashDeathTest, CrashArmed_TheProcessIsKilledWithoutAWord) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(PassArmed("CRASH_BEFORE"), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(PassArmed("CRASH_AFTER"), ::testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
}  // namespace resource_broker::broker::testing
