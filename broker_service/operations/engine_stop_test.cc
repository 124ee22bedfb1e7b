// Cancel, Terminate, Close.
#include "absl/status/status.h"
#include "broker_service/operations/testing/engine_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class EngineStopTest : public EngineTest {
 protected:
  void Terminate(const std::string& resource) {
    engine_->Terminate(resource, "Terminate", [this] { ++terminated_; });
  }
  int terminated_ = 0;
};

TEST_F(EngineStopTest, CancelOfAnUnknownOperation_NotFound) {
  EXPECT_TRUE(absl::IsNotFound(engine_->Cancel(Id(1), 0)));
}

TEST_F(EngineStopTest, CancelWhileQueued_CancelledAndUnchanged) {
  Open("r");
  Start(1, v1::ONLINE, "r");
  Offline(2);
  ASSERT_TRUE(engine_->Cancel(Id(2), 0).ok());
  EXPECT_THAT(SeenKinds(2), ElementsAre(v1::ACCEPTED, v1::QUEUED, v1::CANCEL_REQUESTED, v1::CANCELLED));
  EXPECT_EQ(Final(2).state(), v1::RESOURCE_ONLINE);
  EXPECT_EQ(Final(2).win32_code(), 1223U);
  EXPECT_THAT(gateway_.cancelled, IsEmpty());
  gateway_.End(0, v1::DONE);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineStopTest, CancelWhileRunning_TheModuleDecides) {
  Open("r");
  Offline(1);
  ASSERT_TRUE(engine_->Cancel(Id(1), 0xC0).ok());
  ASSERT_TRUE(engine_->Cancel(Id(1), 0xC0).ok());
  EXPECT_THAT(gateway_.cancelled, ElementsAre(Pair(Id(1), 0xC0U)));
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::CANCEL_REQUESTED));
  gateway_.End(0, v1::OUTCOME_CANCELLED, 1223);
  EXPECT_EQ(SeenKinds(1).back(), v1::CANCELLED);
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_ONLINE);
}

TEST_F(EngineStopTest, CancelTooLate_TheOperationSucceeds) {
  Open("r");
  Offline(1);
  ASSERT_TRUE(engine_->Cancel(Id(1), 0).ok());
  gateway_.End(0, v1::DONE);
  EXPECT_EQ(SeenKinds(1).back(), v1::SUCCEEDED);
  EXPECT_TRUE(engine_->Cancel(Id(1), 0).ok());
}

TEST_F(EngineStopTest, CancelBeforeTheModuleHasIt_NoModuleGetsIt) {
  Open("r");
  journal_.hold = true;
  Offline(1);
  ASSERT_TRUE(engine_->Cancel(Id(1), 0).ok());
  while (journal_.held() > 0) journal_.Commit();
  EXPECT_THAT(gateway_.runs, IsEmpty());
  EXPECT_EQ(SeenKinds(1).back(), v1::CANCELLED);
  journal_.hold = false;
  Offline(2);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineStopTest, CancelWhileBackingOff_EndsAtOnce) {
  Open("r");
  Offline(1, "r", 0x4);
  gateway_.End(0, v1::NOT_NOW);
  ASSERT_TRUE(engine_->Cancel(Id(1), 0).ok());
  EXPECT_EQ(SeenKinds(1).back(), v1::CANCELLED);
  time_.Advance(absl::Hours(1));
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineStopTest, CancelDuringTheRestore_TheRestoreGoesOn) {
  Open("r");
  Offline(1, "r", 0x2);
  gateway_.End(0, v1::OUTCOME_FAILED, 1053);
  ASSERT_TRUE(engine_->Cancel(Id(1), 0).ok());
  EXPECT_THAT(gateway_.cancelled, IsEmpty());
  gateway_.End(1, v1::DONE);
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_ONLINE);
}

TEST_F(EngineStopTest, TerminateWhileRunning_TerminatedWhenTheModuleHasEndedIt) {
  Open("r");
  Offline(1);
  Terminate("r");
  ASSERT_THAT(gateway_.terminations, SizeIs(1));
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::TERMINATE_REQUESTED));
  gateway_.End(0, v1::OUTCOME_TERMINATED);
  EXPECT_EQ(SeenKinds(1).back(), v1::TERMINATED);
  EXPECT_EQ(Final(1).win32_code(), 995U);
  EXPECT_EQ(terminated_, 0);
  gateway_.terminations[0].done(absl::OkStatus());
  EXPECT_EQ(terminated_, 1);
  EXPECT_EQ(engine_->Resources().at(0).state(), v1::RESOURCE_OFFLINE);
}

TEST_F(EngineStopTest, TerminateAnsweredBeforeTheResult_WaitsForBoth) {
  Open("r");
  Offline(1);
  Terminate("r");
  gateway_.terminations[0].done(absl::OkStatus());
  EXPECT_EQ(terminated_, 0);
  gateway_.End(0, v1::OUTCOME_TERMINATED);
  EXPECT_EQ(terminated_, 1);
}

TEST_F(EngineStopTest, TerminateOfAHungModule_EndsTheOperationAndKeepsTheResourceTaken) {
  Open("r");
  Offline(1);
  Terminate("r");
  time_.Advance(options_.module_terminate);
  gateway_.terminations[0].done(absl::DeadlineExceededError("late"));
  EXPECT_EQ(SeenKinds(1).back(), v1::TERMINATED);
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_FAILED);
  EXPECT_EQ(terminated_, 1);
  // Two operations of one resource are never under way in one module.
  Offline(2);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  gateway_.End(0, v1::OUTCOME_TERMINATED);
  EXPECT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(SeenKinds(1).back(), v1::TERMINATED);
}

TEST_F(EngineStopTest, TerminateWhileQueued_EndsAllThatWaits) {
  Open("r");
  Lock("r", true);
  Offline(1, "r", 0x4);
  Offline(2, "r", 0x4);
  Terminate("r");
  EXPECT_EQ(SeenKinds(1).back(), v1::TERMINATED);
  EXPECT_EQ(SeenKinds(2).back(), v1::TERMINATED);
  EXPECT_THAT(gateway_.runs, IsEmpty());
  EXPECT_THAT(gateway_.terminations, SizeIs(1));  // the resource itself is ended, too
}

TEST_F(EngineStopTest, OperationDuringATerminate_WaitsForIt) {
  Open("r");
  Terminate("r");
  Start(1, v1::ONLINE, "r");
  EXPECT_THAT(gateway_.runs, IsEmpty());
  gateway_.terminations[0].done(absl::OkStatus());
  EXPECT_EQ(terminated_, 1);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineStopTest, TerminateTwice_BothAreAnswered) {
  Open("r");
  Offline(1);
  Terminate("r");
  Terminate("r");
  gateway_.End(0, v1::OUTCOME_TERMINATED);
  for (auto& termination : gateway_.terminations) termination.done(absl::OkStatus());
  EXPECT_EQ(terminated_, 2);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::TERMINATE_REQUESTED, v1::TERMINATED));
}

TEST_F(EngineStopTest, ModuleDiesDuringATerminate_Terminated) {
  gateway_.idempotent = true;
  Open("r");
  Offline(1, "r", 0x2);
  Terminate("r");
  gateway_.Lose(0, 1067);
  EXPECT_EQ(SeenKinds(1).back(), v1::TERMINATED);
  time_.Advance(absl::Minutes(1));
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineStopTest, TerminateOfAnUnknownResource_IsAnswered) {
  Terminate("nobody");
  EXPECT_EQ(terminated_, 1);
  EXPECT_THAT(gateway_.terminations, IsEmpty());
}

TEST_F(EngineStopTest, CloseWithAPendingOperation_TerminatesItFirst) {
  Open("r");
  Offline(1);
  bool closed = false;
  engine_->CloseResource("r", "s", [&] { closed = true; });
  EXPECT_FALSE(closed);
  EXPECT_THAT(gateway_.terminations, SizeIs(1));
  gateway_.End(0, v1::OUTCOME_TERMINATED);
  gateway_.terminations[0].done(absl::OkStatus());
  EXPECT_TRUE(closed);
  EXPECT_THAT(gateway_.closed, ElementsAre("r"));
}

TEST_F(EngineStopTest, CloseFromASessionThatLostIt_ChangesNothing) {
  Open("r", "new");
  bool closed = false;
  engine_->CloseResource("r", "old", [&] { closed = true; });
  EXPECT_TRUE(closed);
  EXPECT_TRUE(engine_->FindOpen("r").has_value());
}

TEST_F(EngineStopTest, SessionEnds_ItsOperationsGoOnAndItsResourcesAreClosedAfter) {
  Open("r");
  Offline(1);
  engine_->CloseSession("s");
  EXPECT_FALSE(engine_->FindOpen("r").has_value());
  EXPECT_THAT(gateway_.closed, IsEmpty());
  EXPECT_THAT(gateway_.terminations, IsEmpty());
  gateway_.End(0, v1::DONE);
  EXPECT_THAT(gateway_.closed, ElementsAre("r"));
  Open("r");
  Start(1, v1::OFFLINE, "r", 0, 2);
  EXPECT_THAT(Kinds(*answers_[1].back()), ElementsAre(v1::SUCCEEDED));
}

TEST_F(EngineStopTest, SessionEndsAndAnotherOpensWhileItsOperationRuns_ToldThatItIsPendingAndWaitsBehindIt) {
  Open("r");
  Offline(1);
  engine_->CloseSession("s");
  ResourceSpec spec;
  spec.resource = "r";
  spec.module = "fake";
  EXPECT_EQ(engine_->OpenResource(spec, "t", session_)->state, v1::RESOURCE_OFFLINE_PENDING);
  Start(2, v1::ONLINE, "r");
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  gateway_.End(0, v1::DONE);
  // Open in the new session, so the module keeps it.
  EXPECT_THAT(gateway_.closed, IsEmpty());
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(engine_->OpenResource(spec, "t", session_)->state, v1::RESOURCE_ONLINE_PENDING);
  gateway_.End(1, v1::DONE);
  EXPECT_EQ(Final(2).state(), v1::RESOURCE_ONLINE);
  EXPECT_EQ(engine_->OpenResource(spec, "t", session_)->state, v1::RESOURCE_ONLINE);
}

}  // namespace
}  // namespace resource_broker::broker::testing
