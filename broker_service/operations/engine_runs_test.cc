// What modules answer, fail and say unasked.
#include "broker_service/operations/testing/engine_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using EngineRunsTest = EngineTest;

constexpr uint32_t kReturnToSource = 0x02;

TEST_F(EngineRunsTest, ModuleFails_FailedWithItsCodes) {
  Open("r");
  Offline(1);
  gateway_.End(0, v1::OUTCOME_FAILED, 1053, 77, 0x100);
  EXPECT_EQ(SeenKinds(1).back(), v1::FAILED);
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_FAILED);
  EXPECT_EQ(Final(1).win32_code(), 1053U);
  EXPECT_EQ(Final(1).module_code(), 77U);
  EXPECT_EQ(Final(1).status_flags(), 0x100U);
}

TEST_F(EngineRunsTest, ModuleFailsWithoutACode_TheCodeIsNotZero) {
  Open("r");
  Offline(1);
  gateway_.End(0, v1::OUTCOME_FAILED, 0);
  EXPECT_EQ(Final(1).win32_code(), 1359U);
  Offline(2);
  gateway_.End(1, static_cast<v1::Outcome>(99), 0);
  EXPECT_EQ(SeenKinds(2).back(), v1::FAILED);
  EXPECT_EQ(Final(2).win32_code(), 1359U);
}

TEST_F(EngineRunsTest, ModuleDoesNotExist_FailedWith126) {
  Open("r");
  Offline(1, "r", kReturnToSource);
  gateway_.NotRun(0, 126, "module \"x\" does not exist");
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::FAILED));
  EXPECT_EQ(Final(1).win32_code(), 126U);
  EXPECT_THAT(Seen(1).back().message(), HasSubstr("does not exist"));
  EXPECT_THAT(gateway_.runs, SizeIs(1));  // nothing was touched, so nothing is restored
}

TEST_F(EngineRunsTest, ModuleDies_FailedWith1067) {
  Open("r");
  Offline(1);
  gateway_.Lose(0, 1067);
  EXPECT_EQ(SeenKinds(1).back(), v1::FAILED);
  EXPECT_EQ(Final(1).win32_code(), 1067U);
  Offline(2);
  EXPECT_THAT(gateway_.runs, SizeIs(2));
}

TEST_F(EngineRunsTest, IdempotentModuleDies_GivenAgainWithTheNextAttempt) {
  gateway_.idempotent = true;
  Open("r");
  Offline(1);
  gateway_.Lose(0, 1067);
  time_.Advance(absl::Seconds(1));
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(gateway_.runs[1].execution.attempt, 2U);
  EXPECT_EQ(gateway_.runs[1].execution.operation->id(), Id(1));
  gateway_.End(1, v1::DONE);
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_OFFLINE);
  EXPECT_EQ(Seen(1).back().attempt(), 2U);
}

TEST_F(EngineRunsTest, IdempotentModuleDiesEachTime_FailedInTheEnd) {
  gateway_.idempotent = true;
  Open("r");
  Offline(1);
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_THAT(gateway_.runs, SizeIs(i + 1));
    gateway_.Lose(i, 1067);
    time_.Advance(absl::Seconds(30));
  }
  EXPECT_THAT(gateway_.runs, SizeIs(3));
  EXPECT_EQ(Final(1).win32_code(), 1067U);
}

TEST_F(EngineRunsTest, OfflineFailsWithReturnToSource_RestoredAndReportedOnlineWithTheCause) {
  Open("r");
  Offline(1, "r", kReturnToSource);
  gateway_.End(0, v1::OUTCOME_FAILED, 1053, 77);
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  const Execution& restore = gateway_.runs[1].execution;
  EXPECT_TRUE(restore.restore);
  EXPECT_NE(restore.operation->id(), Id(1));
  EXPECT_EQ(restore.operation->id().size(), 16U);
  EXPECT_EQ(restore.operation->resource(), "r");
  gateway_.Progress(1, 9);
  gateway_.End(1, v1::DONE);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::PROGRESS, v1::PROGRESS, v1::FAILED));
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_ONLINE);
  EXPECT_EQ(Final(1).win32_code(), 1053U);
  EXPECT_EQ(Final(1).module_code(), 77U);
  EXPECT_EQ(engine_->Resources().at(0).state(), v1::RESOURCE_ONLINE);
}

TEST_F(EngineRunsTest, RestoreIsNotDurablyDecidedYet_NoModuleHasIt) {
  Open("r");
  Offline(1, "r", kReturnToSource);
  journal_.hold = true;
  gateway_.End(0, v1::OUTCOME_FAILED, 1053);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  journal_.Commit();
  EXPECT_THAT(gateway_.runs, SizeIs(2));
}

TEST_F(EngineRunsTest, RestoreFailsToo_FailedWithTheFirstCause) {
  Open("r");
  Offline(1, "r", kReturnToSource);
  gateway_.Lose(0, 1067);
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  gateway_.End(1, v1::OUTCOME_FAILED, 5);
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_FAILED);
  EXPECT_EQ(Final(1).win32_code(), 1067U);
}

TEST_F(EngineRunsTest, OnlineFailsWithTheSameBit_IsNotRestored) {
  Open("r");
  Start(1, v1::ONLINE, "r", 0x02 | 0x04);
  gateway_.End(0, v1::OUTCOME_FAILED, 1053);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_FAILED);
}

TEST_F(EngineRunsTest, OldRunSpeaksDuringTheRestore_IsIgnored) {
  Open("r");
  Offline(1, "r", kReturnToSource);
  gateway_.End(0, v1::OUTCOME_FAILED, 1053);
  gateway_.Progress(0, 50);
  gateway_.End(0, v1::DONE);
  gateway_.End(1, v1::DONE);
  EXPECT_EQ(SeenKinds(1).back(), v1::FAILED);
  EXPECT_EQ(Seen(1).back().checkpoint(), 0U);
}

TEST_F(EngineRunsTest, HealthChanges_TheSessionIsToldOncePerChange) {
  Open("r");
  v1::ModuleNotification notification;
  notification.set_resource("r");
  notification.set_health(v1::DEAD);
  notification.set_message("no heartbeat");
  engine_->OnNotification("fake", notification);
  engine_->OnNotification("fake", notification);
  ASSERT_THAT(session_->events, SizeIs(1));
  EXPECT_EQ(session_->events[0].health().health(), v1::DEAD);
  EXPECT_EQ(session_->events[0].health().message(), "no heartbeat");
  EXPECT_EQ(engine_->Resources().at(0).health(), v1::DEAD);
}

TEST_F(EngineRunsTest, LockAndFailure_ReachTheSession) {
  Open("r");
  Lock("r", true);
  v1::ModuleNotification notification;
  notification.set_resource("r");
  notification.mutable_failure()->set_failure_type(1);
  notification.mutable_failure()->set_application_error(99);
  engine_->OnNotification("fake", notification);
  ASSERT_THAT(session_->events, SizeIs(2));
  EXPECT_TRUE(session_->events[0].lock().locked());
  EXPECT_EQ(session_->events[0].lock().reason(), 7U);
  EXPECT_EQ(session_->events[1].failure().failure_type(), 1U);
  EXPECT_EQ(session_->events[1].failure().application_error(), 99U);
}

TEST_F(EngineRunsTest, ModuleSpeaksOfAnothersResource_IsIgnored) {
  Open("r");
  v1::ModuleNotification notification;
  notification.set_resource("r");
  notification.mutable_lock()->set_locked(true);
  engine_->OnNotification("stranger", notification);
  EXPECT_THAT(session_->events, IsEmpty());
  Offline(1);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineRunsTest, ModuleHasIt_EventsFromThenOnNameIt) {
  Open("r");
  Offline(1);
  gateway_.runs.at(0).listener->OnBegin("fake 1.1.0");
  gateway_.Progress(0, 1);
  EXPECT_EQ(session_->events.back().operation().event().kind(), v1::PROGRESS);
  EXPECT_EQ(session_->events.back().operation().event().module(), "fake 1.1.0");
}

TEST_F(EngineRunsTest, ModuleThatLockedIsGone_TheResourceIsFreeAndItsHealthUnknown) {
  Open("r");
  Lock("r", true);
  Offline(1, "r", 0x04);
  v1::ModuleNotification health;
  health.set_resource("r");
  health.set_health(v1::DEAD);
  engine_->OnNotification("fake", health);
  engine_->OnModuleLost("fake", {"r"});
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  EXPECT_FALSE(session_->events.back().lock().locked());
  EXPECT_FALSE(engine_->Resources().at(0).has_health());
}

TEST_F(EngineRunsTest, ResourceMovesToAnotherSession_ItsNewsGoThere) {
  Open("r");
  const auto other = std::make_shared<RecordingListener>();
  ResourceSpec spec;
  spec.resource = "r";
  spec.module = "fake";
  ASSERT_TRUE(engine_->OpenResource(spec, "other", other).ok());
  Lock("r", true);
  EXPECT_THAT(session_->events, IsEmpty());
  EXPECT_THAT(other->events, SizeIs(1));
  EXPECT_EQ(engine_->FindOpen("r")->session, "other");
}

TEST_F(EngineRunsTest, OpenedAgain_TellsTheLastState) {
  Open("r");
  Start(1, v1::ONLINE, "r");
  gateway_.End(0, v1::DONE);
  engine_->CloseResource("r", "s", [] {});
  EXPECT_THAT(gateway_.closed, ElementsAre("r"));
  ResourceSpec spec;
  spec.resource = "r";
  spec.module = "fake";
  const auto view = engine_->OpenResource(spec, "s", session_);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->state, v1::RESOURCE_ONLINE);
  EXPECT_FALSE(view->health.has_value());
}

}  // namespace
}  // namespace resource_broker::broker::testing
