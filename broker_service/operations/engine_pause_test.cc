// The queue as administrators have it: paused, with other limits, without a module for a while.
#include "broker_service/operations/testing/engine_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr uint32_t kIgnoreResourceStatus = 0x01;
constexpr uint32_t kQueueEnabled = 0x04;
constexpr uint32_t kReturning = 0x08;

class EnginePauseTest : public EngineTest {
 protected:
  EnginePauseTest() { OpenAll(); }

  void OpenAll() {
    for (const char* resource : {"a", "b", "c", "d"}) Open(resource);
  }
  absl::Status SetPause(bool paused, const std::string& reason = "maintenance") {
    absl::Status result = absl::UnknownError("not answered");
    engine_->SetPause(paused, reason, [&result](absl::Status status) { result = std::move(status); });
    return result;
  }
  std::string RunId(size_t i) { return gateway_.runs.at(i).execution.operation->id(); }
};

TEST_F(EnginePauseTest, Paused_OnlyTheWayBackBeginsAndWhatMayNotWaitIsRefused) {
  Offline(1, "a");
  ASSERT_TRUE(SetPause(true).ok());
  Start(2, v1::ONLINE, "b");
  Offline(3, "c", kQueueEnabled);
  Offline(4, "c");
  Offline(5, "d", kIgnoreResourceStatus);
  Offline(6, "d", kReturning);
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(RunId(1), Id(6));
  EXPECT_THAT(SeenKinds(2), ElementsAre(v1::ACCEPTED, v1::QUEUED));
  EXPECT_EQ(Seen(2).back().message(), "the queue is paused: maintenance");
  EXPECT_THAT(SeenKinds(3), ElementsAre(v1::ACCEPTED, v1::QUEUED));
  for (const int refused : {4, 5}) {
    EXPECT_EQ(Final(refused).win32_code(), 5960U);
    EXPECT_EQ(Final(refused).status_flags(), 0x2U);
  }
  gateway_.End(0, v1::DONE);
  EXPECT_EQ(SeenKinds(1).back(), v1::SUCCEEDED);
  ASSERT_TRUE(SetPause(false).ok());
  EXPECT_THAT(gateway_.runs, SizeIs(4));
}

TEST_F(EnginePauseTest, PausedWhileOthersWait_TheyAreToldWhyAndThatItChanged) {
  Lock("a", true);
  Offline(1, "a", kQueueEnabled);
  ASSERT_TRUE(SetPause(true, "one").ok());
  ASSERT_TRUE(SetPause(true, "another").ok());
  const std::vector<v1::Event> seen = Seen(1);
  ASSERT_THAT(seen, SizeIs(4));
  EXPECT_THAT(seen[2].message(), HasSubstr("one"));
  EXPECT_THAT(seen[3].message(), HasSubstr("another"));
  ASSERT_TRUE(SetPause(false).ok());
  EXPECT_EQ(Seen(1).back().message(), "the resource is locked");
}

TEST_F(EnginePauseTest, BrokerRestartedWhilePaused_IsPausedStill) {
  ASSERT_TRUE(SetPause(true, "over night").ok());
  Offline(1, "a", kQueueEnabled);
  Restart();
  OpenAll();
  EXPECT_TRUE(engine_->Queue().paused());
  EXPECT_EQ(engine_->Queue().pause_reason(), "over night");
  EXPECT_GT(engine_->Queue().paused_unix_us(), 0);
  EXPECT_THAT(gateway_.runs, SizeIs(0));
  ASSERT_TRUE(SetPause(false).ok());
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  Restart();
  EXPECT_FALSE(engine_->Queue().paused());
}

TEST_F(EnginePauseTest, JournalTakesNoPause_ItIsNotInForceAndTheCallerIsTold) {
  journal_.fail_next_pause = absl::ResourceExhaustedError("the disk is full");
  EXPECT_TRUE(absl::IsResourceExhausted(SetPause(true)));
  Offline(1, "a");
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EnginePauseTest, LimitRaised_ThoseWhoWaitBegin) {
  options_.running = {1, 10, 10};
  Restart();
  OpenAll();
  Offline(1, "a");
  Offline(2, "b", kQueueEnabled);
  Offline(3, "c", kQueueEnabled);
  Offline(4, "d", kQueueEnabled);
  ASSERT_THAT(gateway_.runs, SizeIs(1));
  engine_->SetLimits(ThrottleLimits{3, 10, 10});
  EXPECT_THAT(gateway_.runs, SizeIs(3));
  EXPECT_TRUE(engine_->Queue().limits_overridden());
  EXPECT_EQ(engine_->Queue().limits().max_running_operations(), 3U);
  // What runs goes on, and nothing more begins until there is room.
  engine_->SetLimits(std::nullopt);
  EXPECT_FALSE(engine_->Queue().limits_overridden());
  gateway_.End(0, v1::DONE);
  gateway_.End(1, v1::DONE);
  EXPECT_THAT(gateway_.runs, SizeIs(3));
  gateway_.End(2, v1::DONE);
  EXPECT_THAT(gateway_.runs, SizeIs(4));
}

TEST_F(EnginePauseTest, WaitersOfEveryLimit_BeginWhenTheirsIsRaised) {
  options_.running = {10, 10, 1};
  Restart();
  OpenAll();
  OfflineTo(1, "a", "n1");
  OfflineTo(2, "b", "n1", kQueueEnabled);
  OfflineTo(3, "c", "n2");
  OfflineTo(4, "d", "N2", kQueueEnabled);
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  engine_->SetConfiguredLimits({10, 10, 2});
  EXPECT_THAT(gateway_.runs, SizeIs(4));
  EXPECT_FALSE(engine_->Queue().limits_overridden());
}

TEST_F(EnginePauseTest, QueueStatus_CountsByModuleAndDestination) {
  OfflineTo(1, "a", "N1");
  OfflineTo(2, "a", "n1", kQueueEnabled);
  Start(3, v1::ONLINE, "b");
  const v1::QueueStatus status = engine_->Queue();
  EXPECT_EQ(status.running(), 2U);
  EXPECT_EQ(status.queued(), 1U);
  ASSERT_EQ(status.modules_size(), 1);
  EXPECT_EQ(status.modules(0).name(), "fake");
  EXPECT_EQ(status.modules(0).running(), 2U);
  ASSERT_EQ(status.destinations_size(), 1);
  EXPECT_EQ(status.destinations(0).name(), "n1");
  EXPECT_EQ(status.destinations(0).waiting(), 1U);
}

TEST_F(EnginePauseTest, ModuleHeld_ItIsIdleOnceWhatRunsHasEndedAndAllElseWaits) {
  Offline(1, "a");
  int idle = 0;
  engine_->HoldModule("fake", [&idle] { ++idle; });
  Offline(2, "b");
  Offline(3, "c", kReturning);
  EXPECT_EQ(idle, 0);
  EXPECT_THAT(SeenKinds(2), ElementsAre(v1::ACCEPTED, v1::QUEUED));
  EXPECT_THAT(SeenKinds(3), ElementsAre(v1::ACCEPTED, v1::QUEUED));
  gateway_.End(0, v1::DONE);
  EXPECT_EQ(idle, 1);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  engine_->ReleaseModule("fake");
  EXPECT_THAT(gateway_.runs, SizeIs(3));
  EXPECT_EQ(idle, 1);
}

TEST_F(EnginePauseTest, ModuleHeldWhileItTerminates_IsNotIdleBefore) {
  engine_->Terminate("a", "test", [] {});
  int idle = 0;
  engine_->HoldModule("fake", [&idle] { ++idle; });
  EXPECT_EQ(idle, 0);
  gateway_.terminations.at(0).done(absl::OkStatus());
  EXPECT_EQ(idle, 1);
}

}  // namespace
}  // namespace resource_broker::broker::testing
