// What the broker remembers of a resource: its state, what it is meant to be, an administrator's lock.
#include "broker_service/operations/testing/engine_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using EngineStateTest = EngineTest;

constexpr uint32_t kIgnoreResourceStatus = 0x01;
constexpr uint32_t kReturnToSource = 0x02;
constexpr uint32_t kQueueEnabled = 0x04;
constexpr uint32_t kIgnoreNetwork = 0x20;
constexpr uint32_t kKeepPersistentState = 0x40;

TEST_F(EngineStateTest, BrokerRestarted_ResourcesAreWhatTheyWere) {
  for (const char* resource : {"online", "offline", "failed"}) {
    Open(resource);
    Start(1 + static_cast<int>(gateway_.runs.size()), v1::ONLINE, resource);
    gateway_.End(gateway_.runs.size() - 1, v1::DONE);
  }
  Offline(4, "offline");
  gateway_.End(3, v1::DONE);
  Offline(5, "failed");
  gateway_.End(4, v1::OUTCOME_FAILED, 5);
  Restart();
  EXPECT_EQ(StatusOf("online").state(), v1::RESOURCE_ONLINE);
  EXPECT_EQ(StatusOf("offline").state(), v1::RESOURCE_OFFLINE);
  EXPECT_EQ(StatusOf("failed").state(), v1::RESOURCE_FAILED);
  EXPECT_EQ(StatusOf("failed").intended_state(), v1::RESOURCE_OFFLINE);
  EXPECT_FALSE(StatusOf("online").open());
  // The next RHS that opens it is told so.
  ResourceSpec spec;
  spec.resource = "online";
  spec.module = "fake";
  EXPECT_EQ(engine_->OpenResource(spec, "new", session_)->state, v1::RESOURCE_ONLINE);
}

TEST_F(EngineStateTest, TerminatedWithoutAnOperation_IsOfflineAfterARestartToo) {
  Open("r");
  Start(1, v1::ONLINE, "r");
  gateway_.End(0, v1::DONE);
  engine_->Terminate("r", "test", [] {});
  gateway_.terminations.at(0).done(absl::OkStatus());
  Restart();
  EXPECT_EQ(StatusOf("r").state(), v1::RESOURCE_OFFLINE);
  EXPECT_EQ(StatusOf("r").intended_state(), v1::RESOURCE_ONLINE);
}

TEST_F(EngineStateTest, OfflineWithDoNotUpdatePersistentState_IsStillMeantToBeOnline) {
  Open("r");
  Start(1, v1::ONLINE, "r");
  gateway_.End(0, v1::DONE);
  Offline(2, "r", kKeepPersistentState);
  gateway_.End(1, v1::DONE);
  EXPECT_EQ(StatusOf("r").state(), v1::RESOURCE_OFFLINE);
  EXPECT_EQ(StatusOf("r").intended_state(), v1::RESOURCE_ONLINE);
  Offline(3, "r");
  gateway_.End(2, v1::DONE);
  EXPECT_EQ(StatusOf("r").intended_state(), v1::RESOURCE_OFFLINE);
}

TEST_F(EngineStateTest, FlagsBefore2016_CarriedAndWithoutEffect) {
  options_.windows_build = 9600;
  Restart();
  Open("r");
  Start(1, v1::ONLINE, "r");
  gateway_.End(0, v1::DONE);
  Offline(2, "r", kKeepPersistentState);
  EXPECT_EQ(gateway_.runs.at(1).execution.operation->flags(), kKeepPersistentState);
  gateway_.End(1, v1::DONE);
  EXPECT_EQ(StatusOf("r").intended_state(), v1::RESOURCE_OFFLINE);
}

TEST_F(EngineStateTest, RefusedOrCancelled_ChangesNoIntention) {
  Open("r");
  Start(1, v1::ONLINE, "r");
  gateway_.End(0, v1::DONE);
  Lock("r", true);
  Offline(2, "r");
  Offline(3, "r", kIgnoreResourceStatus);
  gateway_.End(1, v1::OUTCOME_CANCELLED, 1223);
  EXPECT_EQ(StatusOf("r").intended_state(), v1::RESOURCE_ONLINE);
}

TEST_F(EngineStateTest, Restored_IsReportedAsItIsOrAsFailedIfSoConfigured) {
  Open("r");
  Offline(1, "r", kReturnToSource);
  gateway_.End(0, v1::OUTCOME_FAILED, 5);
  gateway_.End(1, v1::DONE);
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_ONLINE);
  options_.report_restored_as_failed = true;
  Restart();
  Open("r");
  Offline(2, "r", kReturnToSource);
  gateway_.End(2, v1::OUTCOME_FAILED, 5);
  gateway_.End(3, v1::DONE);
  EXPECT_EQ(Final(2).state(), v1::RESOURCE_FAILED);
  EXPECT_EQ(Final(2).win32_code(), 5U);
  EXPECT_EQ(StatusOf("r").state(), v1::RESOURCE_ONLINE);
}

TEST_F(EngineStateTest, LockedByAnAdministrator_WaitsOrIsRefusedUntilUnlocked) {
  Open("r");
  ASSERT_TRUE(AdminLock("r", true, "index rebuild").ok());
  EXPECT_EQ(ToldLock(), true);
  Offline(1);
  EXPECT_EQ(Final(1).status_flags(), 0x1U);
  EXPECT_THAT(Seen(1).back().message(), HasSubstr("index rebuild"));
  Offline(2, "r", kQueueEnabled);
  EXPECT_THAT(SeenKinds(2), ElementsAre(v1::ACCEPTED, v1::QUEUED));
  ASSERT_TRUE(AdminLock("r", false).ok());
  EXPECT_EQ(ToldLock(), false);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineStateTest, LockedByBoth_IsLockedUntilTheLastHasUnlocked) {
  Open("r");
  Lock("r", true);
  ASSERT_TRUE(AdminLock("r", true).ok());
  Offline(1, "r", kQueueEnabled);
  Lock("r", false);
  EXPECT_EQ(ToldLock(), true);
  EXPECT_THAT(gateway_.runs, IsEmpty());
  ASSERT_TRUE(AdminLock("r", false).ok());
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineStateTest, BrokerRestarted_TheAdministratorsLockHolds) {
  Open("r");
  ASSERT_TRUE(AdminLock("r", true, "why").ok());
  Offline(1, "r", kQueueEnabled);
  Restart();
  EXPECT_TRUE(StatusOf("r").locked_by_administrator());
  EXPECT_EQ(StatusOf("r").lock_reason(), "why");
  EXPECT_THAT(gateway_.runs, IsEmpty());
  ASSERT_TRUE(AdminLock("r", false).ok());
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineStateTest, JournalTakesNoLock_NothingIsLocked) {
  Open("r");
  journal_.fail_next_lock = absl::ResourceExhaustedError("the disk is full");
  EXPECT_TRUE(absl::IsResourceExhausted(AdminLock("r", true)));
  EXPECT_FALSE(StatusOf("r").locked());
  EXPECT_EQ(ToldLock(), std::nullopt);
}

TEST_F(EngineStateTest, LockOfAResourceNobodyKnows_NotFound) {
  EXPECT_TRUE(absl::IsNotFound(AdminLock("misspelt", true)));
}

TEST_F(EngineStateTest, ManyResourcesClosed_ALockedOneIsRememberedAndTheOldestForgotten) {
  options_.max_resources = 2;
  Restart();
  Open("locked");
  ASSERT_TRUE(AdminLock("locked", true).ok());
  engine_->CloseResource("locked", "s", [] {});
  for (int i = 1; i <= 5; ++i) {
    const std::string name = absl::StrCat("r", i);
    Open(name);
    Start(i, v1::ONLINE, name);
    gateway_.End(gateway_.runs.size() - 1, v1::DONE);
    engine_->CloseResource(name, "s", [] {});
  }
  EXPECT_TRUE(StatusOf("locked").locked());
  EXPECT_THAT(engine_->Resources(), SizeIs(2));
  // Nor does the journal remember what the broker has forgotten.
  Restart();
  EXPECT_THAT(engine_->Resources(), SizeIs(2));
}

TEST_F(EngineStateTest, NetworkLossDuringAnOperationThatIgnoresIt_IsNoFailure) {
  Open("r");
  v1::ModuleNotification loss;
  loss.set_resource("r");
  loss.mutable_failure()->set_failure_type(2);
  Offline(1, "r", kIgnoreNetwork);
  engine_->OnNotification("fake", loss);
  for (const v1::SessionEvent& event : session_->events) EXPECT_FALSE(event.has_failure());
  gateway_.End(0, v1::DONE);
  engine_->OnNotification("fake", loss);
  EXPECT_TRUE(session_->events.back().has_failure());
}

}  // namespace
}  // namespace resource_broker::broker::testing
