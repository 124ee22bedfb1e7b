// Order, places, locks, NOT_NOW, and the flags that rule them.
#include "broker_service/operations/testing/engine_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using EngineQueueTest = EngineTest;

constexpr uint32_t kIgnoreResourceStatus = 0x01;
constexpr uint32_t kQueueEnabled = 0x04;
constexpr uint32_t kReturning = 0x08;
constexpr uint32_t kOnlineIgnoreResourceStatus = 0x02;

TEST_F(EngineQueueTest, SecondOperationOfAResource_WaitsForTheFirst) {
  Open("r");
  Start(1, v1::ONLINE, "r");
  Offline(2);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  EXPECT_THAT(SeenKinds(2), ElementsAre(v1::ACCEPTED, v1::QUEUED));
  time_.Advance(absl::Seconds(2));
  gateway_.End(0, v1::DONE);
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  gateway_.End(1, v1::DONE);
  EXPECT_THAT(SeenKinds(2), ElementsAre(v1::ACCEPTED, v1::QUEUED, v1::RUNNING, v1::SUCCEEDED));
  EXPECT_EQ(Final(2).queue_time_us(), 2000000U);
}

TEST_F(EngineQueueTest, OperationsOfOneResource_RunInCallOrder) {
  Open("r");
  for (int i = 1; i <= 20; ++i) Offline(i);
  for (size_t i = 0; i < 20; ++i) {
    ASSERT_THAT(gateway_.runs, SizeIs(i + 1));
    EXPECT_EQ(gateway_.runs[i].execution.operation->id(), Id(static_cast<int>(i) + 1));
    gateway_.End(i, v1::DONE);
  }
}

TEST_F(EngineQueueTest, OperationsOfDifferentResources_RunInParallel) {
  for (int i = 1; i <= 50; ++i) {
    Open(absl::StrCat("r", i));
    Offline(i, absl::StrCat("r", i));
  }
  EXPECT_THAT(gateway_.runs, SizeIs(50));
}

TEST_F(EngineQueueTest, LockedWithoutFlags_RefusedAsOnlineAndBusy) {
  Open("r");
  Lock("r", true);
  Offline(1);
  EXPECT_THAT(gateway_.runs, IsEmpty());
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::REFUSED));
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_ONLINE);
  EXPECT_EQ(Final(1).win32_code(), 5960U);
  EXPECT_EQ(Final(1).status_flags(), 0x1U);
}

TEST_F(EngineQueueTest, LockedWithIgnoreResourceStatus_Runs) {
  Open("r");
  Lock("r", true);
  Offline(1, "r", kIgnoreResourceStatus);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineQueueTest, LockedOnTheWayBack_Runs) {
  Open("r");
  Lock("r", true);
  Offline(1, "r", kReturning);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineQueueTest, LockedWithIgnoreAndQueue_IgnoreWins) {
  Open("r");
  Lock("r", true);
  Offline(1, "r", kIgnoreResourceStatus | kQueueEnabled);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineQueueTest, OnlineFlagsHaveOtherNumbers) {
  Open("r");
  Lock("r", true);
  Start(1, v1::ONLINE, "r", kOnlineIgnoreResourceStatus);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  gateway_.End(0, v1::DONE);
  // 0x01 is RECOVER_MONITOR_STATE there, 0x04 is RETURN_TO_SOURCE, 0x08 RESTORE_ONLINE_STATE: none lifts the lock.
  Start(2, v1::ONLINE, "r", 0x01 | 0x04 | 0x08);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  EXPECT_THAT(SeenKinds(2), ElementsAre(v1::ACCEPTED, v1::REFUSED));
  EXPECT_EQ(Final(2).state(), v1::RESOURCE_ONLINE);
  EXPECT_EQ(Final(2).status_flags(), 0U);
}

TEST_F(EngineQueueTest, LockedWithQueueEnabled_WaitsUntilItIsFree) {
  Open("r");
  Lock("r", true);
  Offline(1, "r", kQueueEnabled);
  EXPECT_THAT(gateway_.runs, IsEmpty());
  time_.Advance(absl::Hours(3));
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::QUEUED));
  Lock("r", false);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineQueueTest, OneThatMayNotBeDelayed_OvertakesThoseThatWaitForTheLock) {
  Open("r");
  Lock("r", true);
  Offline(1, "r", kQueueEnabled);
  Offline(2, "r", kQueueEnabled);
  Offline(3, "r", kIgnoreResourceStatus);
  ASSERT_THAT(gateway_.runs, SizeIs(1));
  EXPECT_EQ(gateway_.runs[0].execution.operation->id(), Id(3));
  gateway_.End(0, v1::DONE);
  Lock("r", false);
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(gateway_.runs[1].execution.operation->id(), Id(1));
}

TEST_F(EngineQueueTest, TheWayBack_GoesBeforeAllThatWait) {
  Open("r");
  Offline(1);
  Offline(2);
  Offline(3, "r", kReturning);
  Offline(4, "r", kReturning);
  for (size_t i = 0; i < 4; ++i) gateway_.End(i, v1::DONE);
  std::vector<std::string> order;
  for (const auto& run : gateway_.runs) order.push_back(run.execution.operation->id());
  EXPECT_THAT(order, ElementsAre(Id(1), Id(3), Id(4), Id(2)));
}

TEST_F(EngineQueueTest, NotNowWithQueueEnabled_RetriedWithBackoffUntilDone) {
  Open("r");
  Offline(1, "r", kQueueEnabled);
  gateway_.End(0, v1::NOT_NOW);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::QUEUED));
  time_.Advance(absl::Milliseconds(499));
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  time_.Advance(absl::Milliseconds(1));
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(gateway_.runs[1].execution.attempt, 2U);
  gateway_.End(1, v1::NOT_NOW);
  time_.Advance(absl::Milliseconds(999));
  EXPECT_THAT(gateway_.runs, SizeIs(2));
  time_.Advance(absl::Milliseconds(1));
  ASSERT_THAT(gateway_.runs, SizeIs(3));
  gateway_.End(2, v1::DONE);
  EXPECT_THAT(SeenKinds(1),
              ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::QUEUED, v1::RUNNING, v1::QUEUED, v1::RUNNING, v1::SUCCEEDED));
  EXPECT_EQ(Seen(1).back().attempt(), 3U);
}

TEST_F(EngineQueueTest, NotNowManyTimes_BackoffStaysBelowItsMaximum) {
  Open("r");
  Offline(1, "r", kQueueEnabled);
  for (size_t i = 0; i < 12; ++i) {
    gateway_.End(i, v1::NOT_NOW);
    time_.Advance(absl::Seconds(30));
    ASSERT_THAT(gateway_.runs, SizeIs(i + 2));
  }
}

TEST_F(EngineQueueTest, NotNowWithAWait_TheModulesWordCounts) {
  Open("r");
  Offline(1, "r", kQueueEnabled);
  gateway_.End(0, v1::NOT_NOW, 0, 0, 0, 7000);
  time_.Advance(absl::Milliseconds(6999));
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  time_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(gateway_.runs, SizeIs(2));
}

TEST_F(EngineQueueTest, UnlockedWhileBackingOff_RetriedAtOnce) {
  Open("r");
  Offline(1, "r", kQueueEnabled);
  Lock("r", true);
  gateway_.End(0, v1::NOT_NOW, 0, 0, 0, 20000);
  Lock("r", false);
  EXPECT_THAT(gateway_.runs, SizeIs(2));
  time_.Advance(absl::Minutes(1));
  EXPECT_THAT(gateway_.runs, SizeIs(2));
}

TEST_F(EngineQueueTest, NotNowWithoutFlags_RefusedWithTheModulesFlags) {
  Open("r");
  Offline(1);
  gateway_.End(0, v1::NOT_NOW, 0, 42, 0x4);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::REFUSED));
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_ONLINE);
  EXPECT_EQ(Final(1).win32_code(), 5960U);
  EXPECT_EQ(Final(1).module_code(), 42U);
  EXPECT_EQ(Final(1).status_flags(), 0x4U);
}

TEST_F(EngineQueueTest, NotNowThoughTheFlagsForbidIt_Failed) {
  Open("r");
  Offline(1, "r", kIgnoreResourceStatus | kQueueEnabled);
  gateway_.End(0, v1::NOT_NOW);
  EXPECT_EQ(SeenKinds(1).back(), v1::FAILED);
  EXPECT_EQ(Final(1).win32_code(), 5960U);
}

TEST_F(EngineQueueTest, LostRunIsRepeated_NothingOfTheResourceGoesBeforeIt) {
  gateway_.idempotent = true;
  Open("r");
  Offline(1);
  gateway_.Lose(0, 1067);
  Offline(2, "r", kIgnoreResourceStatus);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  time_.Advance(options_.queue_retry);
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(gateway_.runs[1].execution.operation->id(), Id(1));
  gateway_.End(1, v1::DONE);
  ASSERT_THAT(gateway_.runs, SizeIs(3));
  EXPECT_EQ(gateway_.runs[2].execution.operation->id(), Id(2));
}

TEST_F(EngineQueueTest, BackingOff_GivesItsPlaceToOthers) {
  options_.running.all = 1;
  Restart();
  Open("a");
  Open("b");
  Offline(1, "a", kQueueEnabled);
  Offline(2, "b", kQueueEnabled);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  gateway_.End(0, v1::NOT_NOW);
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(gateway_.runs[1].execution.operation->id(), Id(2));
}

TEST_F(EngineQueueTest, EverythingEnded_NoTimerIsLeft) {
  Open("r");
  Offline(1, "r", kQueueEnabled);
  gateway_.End(0, v1::NOT_NOW);
  EXPECT_GT(time_.timers(), 0U);
  ASSERT_TRUE(engine_->Cancel(Id(1), 0).ok());
  EXPECT_EQ(time_.timers(), 0U);
  EXPECT_EQ(engine_->Counts().queued, 0U);
}

}  // namespace
}  // namespace resource_broker::broker::testing
