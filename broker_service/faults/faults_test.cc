#include "broker_service/faults/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;

constexpr FaultPoint kPoint = FaultPoint::kModuleExecute;
constexpr char kName[] = "module.execute";

v1::Fault Fault(const std::string& point, const std::string& action, uint32_t delay_ms = 0) {
  v1::Fault fault;
  fault.set_point(point);
  fault.set_action(action);
  fault.set_delay_ms(delay_ms);
  return fault;
}

v1::FaultPoint Listed(const std::string& name) {
  const v1::ListFaultPointsResponse all = Faults::OfProcess().List();
  for (const v1::FaultPoint& point : all.points()) {
    if (point.point() == name) return point;
  }
  return {};
}

class FaultsTest : public ::testing::Test {
 protected:
  FaultsTest() { Allow(true); }
  ~FaultsTest() override { Allow(false); }

  static void Allow(bool allowed) {
    v1::BrokerConfig::FaultSettings settings;
    settings.set_allowed(allowed);
    Faults::OfProcess().Configure(settings);
  }
  static void Arm(const v1::Fault& fault) {
    const absl::Status status = Faults::OfProcess().Arm(fault);
    ASSERT_TRUE(status.ok()) << status;
  }
};

TEST_F(FaultsTest, Table_NamesAndDescriptionsAreComplete) {
  std::set<absl::string_view> names;
  for (const FaultPointInfo& info : FaultPointTable()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(FindFaultPoint(info.name), &info);
    EXPECT_FALSE(info.description.empty()) << info.name;
    EXPECT_NE(info.actions, 0) << info.name;
  }
  EXPECT_EQ(FindFaultPoint("nowhere"), nullptr);
  for (const FaultAction action : kFaultActions) EXPECT_EQ(FindFaultAction(FaultActionName(action)), action);
}

TEST_F(FaultsTest, NotAllowed_ArmingIsRefusedAndNothingIsCounted) {
  Allow(false);
  const absl::Status status = Faults::OfProcess().Arm(Fault(kName, "CRASH_BEFORE"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("\"faults\": {\"allowed\": true}"));
  EXPECT_TRUE(BeforeFaultPoint(kPoint).ok());
  EXPECT_EQ(Listed(kName).hits(), 0U);
}

TEST_F(FaultsTest, Error_FailsOnceAndCounts) {
  Arm(Fault(kName, "ERROR"));
  EXPECT_EQ(Listed(kName).armed(), "ERROR");
  EXPECT_EQ(BeforeFaultPoint(kPoint).code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(BeforeFaultPoint(kPoint).ok());
  EXPECT_EQ(Listed(kName).armed(), "");
  EXPECT_EQ(Listed(kName).hits(), 2U);
}

TEST_F(FaultsTest, ErrorInTheJournal_IsAFullDisk) {
  Arm(Fault("journal.commit.final", "ERROR"));
  const absl::Status status = BeforeFaultPoint(FaultPoint::kJournalCommitFinal);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(status.message(), HasSubstr("database or disk is full"));
}

TEST_F(FaultsTest, AfterAndRepeat_PassThenActUntilCleared) {
  v1::Fault fault = Fault(kName, "ERROR");
  fault.set_after(2);
  fault.set_repeat(true);
  Arm(fault);
  EXPECT_TRUE(BeforeFaultPoint(kPoint).ok());
  EXPECT_TRUE(BeforeFaultPoint(kPoint).ok());
  EXPECT_FALSE(BeforeFaultPoint(kPoint).ok());
  EXPECT_FALSE(BeforeFaultPoint(kPoint).ok());
  EXPECT_TRUE(Faults::OfProcess().Clear(kName).ok());
  EXPECT_TRUE(BeforeFaultPoint(kPoint).ok());
}

TEST_F(FaultsTest, OtherPointsAndSides_GoOn) {
  Arm(Fault(kName, "CRASH_AFTER"));
  EXPECT_TRUE(BeforeFaultPoint(kPoint).ok());
  AfterFaultPoint(FaultPoint::kModuleHello);
  EXPECT_EQ(Listed(kName).armed(), "CRASH_AFTER");
}

TEST_F(FaultsTest, Delay_HoldsUntilCleared) {
  for (const char* action : {"DELAY_BEFORE", "DELAY_AFTER"}) {
    Arm(Fault(kName, action, 60'000));
    absl::Notification passed;
    std::thread thread([&] {
      ReachFaultPoint(kPoint);
      AfterFaultPoint(kPoint);
      passed.Notify();
    });
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (!Listed(kName).holding() && absl::Now() < deadline) std::this_thread::yield();
    EXPECT_TRUE(Listed(kName).holding());
    EXPECT_FALSE(passed.HasBeenNotified());
    EXPECT_TRUE(Faults::OfProcess().Clear("").ok());
    EXPECT_TRUE(passed.WaitForNotificationWithTimeout(absl::Seconds(20)));
    EXPECT_FALSE(Listed(kName).holding());
    thread.join();
  }
}

TEST_F(FaultsTest, Delay_EndsByItself) {
  Arm(Fault(kName, "DELAY_BEFORE", 30));
  const absl::Time begin = absl::Now();
  ReachFaultPoint(kPoint);
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(25));
}

TEST_F(FaultsTest, Drop_CutsBehindTheByte) {
  v1::Fault fault = Fault("bridge.pipe", "DROP");
  fault.set_drop_bytes(150);
  Arm(fault);
  EXPECT_EQ(Faults::OfProcess().Receive(FaultPoint::kBridgePipe, 100), 100U);
  EXPECT_EQ(Faults::OfProcess().Receive(FaultPoint::kBridgePipe, 100), 50U);
  EXPECT_EQ(Faults::OfProcess().Receive(FaultPoint::kBridgePipe, 100), 100U);
}

TEST_F(FaultsTest, Configured_IsArmedFromTheStart) {
  v1::BrokerConfig::FaultSettings settings;
  settings.set_allowed(true);
  *settings.add_armed() = Fault("recover.load", "ERROR");
  Faults::OfProcess().Configure(settings);
  EXPECT_EQ(Listed("recover.load").armed(), "ERROR");
  EXPECT_FALSE(BeforeFaultPoint(FaultPoint::kRecoverLoad).ok());
}

TEST_F(FaultsTest, WrongFaults_NameTheField) {
  const auto why = [](const v1::Fault& fault) { return std::string(CheckFault(fault, "f.").message()); };
  EXPECT_THAT(why(Fault("nowhere", "ERROR")), HasSubstr("f.point: \"nowhere\""));
  EXPECT_THAT(why(Fault("bridge.pipe", "ERROR")), HasSubstr("f.action: \"ERROR\" is none of bridge.pipe"));
  EXPECT_THAT(why(Fault(kName, "EXPLODE")), HasSubstr("f.action: \"EXPLODE\""));
  EXPECT_THAT(why(Fault(kName, "")), HasSubstr("f.action: "));
  EXPECT_THAT(why(Fault(kName, "DELAY_BEFORE", 60'001)), HasSubstr("f.delay_ms: must be 1 to 60000"));
  EXPECT_THAT(why(Fault(kName, "DELAY_BEFORE")), HasSubstr("f.delay_ms"));
  EXPECT_THAT(why(Fault(kName, "ERROR", 5)), HasSubstr("f.delay_ms"));
  EXPECT_EQ(Faults::OfProcess().Clear("nowhere").code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace resource_broker::broker::testing
