// Operations entering, becoming durable, and resumed.
#include "absl/status/status.h"
#include "broker_service/operations/testing/engine_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using EngineStartTest = EngineTest;

TEST_F(EngineStartTest, OfflineOfFreeResource_RunsAndReportsEverything) {
  Open("r");
  Offline(1);
  ASSERT_THAT(gateway_.runs, SizeIs(1));
  EXPECT_EQ(gateway_.runs[0].execution.operation->id(), Id(1));
  EXPECT_EQ(gateway_.runs[0].execution.attempt, 1U);
  EXPECT_FALSE(gateway_.runs[0].execution.restore);
  time_.Advance(absl::Milliseconds(30));
  gateway_.Progress(0, 5, "half");
  EXPECT_EQ(engine_->Resources().at(0).state(), v1::RESOURCE_OFFLINE_PENDING);
  gateway_.End(0, v1::DONE);
  EXPECT_EQ(engine_->Resources().at(0).state(), v1::RESOURCE_OFFLINE);

  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::PROGRESS, v1::SUCCEEDED));
  const std::vector<v1::Event> seen = Seen(1);
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].sequence(), i + 1);
  EXPECT_EQ(seen[0].attempt(), 0U);
  EXPECT_EQ(seen[2].message(), "half");
  EXPECT_EQ(seen[3].checkpoint(), 5U);
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_OFFLINE);
  EXPECT_EQ(Final(1).win32_code(), 0U);
  EXPECT_EQ(Final(1).module(), "fake 1.0.0");
  EXPECT_EQ(Final(1).queue_time_us(), 0U);
  EXPECT_EQ(Final(1).run_time_us(), 30000U);
}

TEST_F(EngineStartTest, AcceptedIsNotDurableYet_NobodyHearsOfItAndNoModuleHasIt) {
  Open("r");
  journal_.hold = true;
  Offline(1);
  EXPECT_THAT(answers_[1], IsEmpty());
  EXPECT_THAT(gateway_.runs, IsEmpty());
  ASSERT_EQ(journal_.held(), 1U);  // ACCEPTED and RUNNING share a commit
  journal_.Commit();
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING));
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineStartTest, FinalEventIsNotDurableYet_NobodyHearsOfIt) {
  Open("r");
  Offline(1);
  journal_.hold = true;
  gateway_.End(0, v1::DONE);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING));
  journal_.Commit();
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_OFFLINE);
}

TEST_F(EngineStartTest, ProgressWhileAWriteIsUnderWay_FollowsInOneWrite) {
  Open("r");
  Offline(1);
  journal_.hold = true;
  for (uint32_t i = 1; i <= 5; ++i) gateway_.Progress(0, i);
  EXPECT_EQ(journal_.held(), 1U);
  journal_.Commit();
  EXPECT_EQ(journal_.held(), 1U);
  journal_.Commit();
  EXPECT_EQ(journal_.held(), 0U);
  EXPECT_EQ(Seen(1).back().checkpoint(), 5U);
  EXPECT_EQ(Seen(1).back().sequence(), 7U);
}

TEST_F(EngineStartTest, JournalRefusesAccepted_RefusedAndTheResourceIsFree) {
  Open("r");
  journal_.fail_next = absl::ResourceExhaustedError("the disk is full");
  Offline(1);
  ASSERT_THAT(answers_[1], SizeIs(1));
  EXPECT_TRUE(absl::IsResourceExhausted(answers_[1][0].status()));
  EXPECT_THAT(gateway_.runs, IsEmpty());
  Offline(1);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineStartTest, JournalRefusesALaterEvent_ItIsToldWhenTheJournalTakesIt) {
  Open("r");
  Offline(1);
  journal_.fail_next = absl::ResourceExhaustedError("the disk is full");
  gateway_.End(0, v1::DONE);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING));
  time_.Advance(absl::Seconds(1));
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::SUCCEEDED));
}

TEST_F(EngineStartTest, SameIdTwice_IsOneOperation) {
  Open("r");
  Offline(1);
  Offline(1);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  ASSERT_THAT(answers_[1], SizeIs(2));
  EXPECT_THAT(Kinds(*answers_[1][1]), ElementsAre(v1::ACCEPTED, v1::RUNNING));
}

TEST_F(EngineStartTest, SameIdWhileAcceptedIsNotDurable_BothAreAnsweredOnce) {
  Open("r");
  journal_.hold = true;
  Offline(1);
  Offline(1);
  journal_.Commit();
  ASSERT_THAT(answers_[1], SizeIs(2));
  EXPECT_THAT(*answers_[1][0], SizeIs(2));
  EXPECT_THAT(*answers_[1][1], SizeIs(2));
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineStartTest, SameIdAfterTheEnd_GetsTheHistoryAndRunsNothing) {
  Open("r");
  Offline(1);
  gateway_.End(0, v1::DONE);
  Start(1, v1::OFFLINE, "r", 0, 1);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  ASSERT_THAT(answers_[1], SizeIs(2));
  EXPECT_THAT(Kinds(*answers_[1][1]), ElementsAre(v1::RUNNING, v1::SUCCEEDED));
}

TEST_F(EngineStartTest, SameIdForAnotherResourceOrKind_Refused) {
  Open("r");
  Open("other");
  Offline(1);
  Offline(1, "other");
  Start(1, v1::ONLINE, "r");
  ASSERT_THAT(answers_[1], SizeIs(3));
  EXPECT_TRUE(absl::IsInvalidArgument(answers_[1][1].status()));
  EXPECT_TRUE(absl::IsInvalidArgument(answers_[1][2].status()));
}

TEST_F(EngineStartTest, ResourceNotOpen_NotFound) {
  Offline(1);
  EXPECT_TRUE(absl::IsNotFound(answers_[1].at(0).status()));
}

TEST_F(EngineStartTest, ResumedOnANewStream_NoEventIsMissedOrSentTwice) {
  Open("r");
  Offline(1);
  gateway_.Progress(0, 1);
  // The stream broke after event 3; two more happened before the bridge was back.
  session_ = std::make_shared<RecordingListener>();
  gateway_.Progress(0, 2);
  gateway_.Progress(0, 3);
  answers_.clear();
  Start(1, v1::OFFLINE, "r", 0, 3);
  gateway_.Progress(0, 4);
  gateway_.End(0, v1::DONE);
  std::vector<uint64_t> sequences;
  for (const v1::Event& event : Seen(1)) sequences.push_back(event.sequence());
  EXPECT_THAT(sequences, ElementsAre(4, 5, 6, 7));
}

TEST_F(EngineStartTest, LastSequenceOfTheFuture_Refused) {
  Open("r");
  Offline(1);
  Start(1, v1::OFFLINE, "r", 0, 3);
  EXPECT_TRUE(absl::IsInvalidArgument(answers_[1].at(1).status()));
}

TEST_F(EngineStartTest, UnknownIdThatABrokerHadAccepted_FailsWith1067AndRunsNothing) {
  Open("r");
  Start(1, v1::OFFLINE, "r", 0, 5);
  EXPECT_THAT(gateway_.runs, IsEmpty());
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::FAILED));
  EXPECT_EQ(Seen(1)[0].sequence(), 6U);
  EXPECT_EQ(Final(1).win32_code(), 1067U);
  EXPECT_EQ(Final(1).state(), v1::RESOURCE_FAILED);
}

TEST_F(EngineStartTest, UnknownIdThatABrokerHadAccepted_OfAnIdempotentModuleRuns) {
  gateway_.idempotent = true;
  Open("r");
  Start(1, v1::OFFLINE, "r", 0, 5);
  ASSERT_THAT(gateway_.runs, SizeIs(1));
  gateway_.End(0, v1::DONE);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::RUNNING, v1::SUCCEEDED));
  EXPECT_EQ(Seen(1)[0].sequence(), 6U);
}

TEST_F(EngineStartTest, MoreThanMaxPending_ResourceExhaustedThatNamesTheLimit) {
  options_.max_pending_operations = 2;
  Restart();
  for (const char* resource : {"a", "b", "c"}) Open(resource);
  Offline(1, "a");
  Offline(2, "b");
  Offline(3, "c");
  EXPECT_TRUE(absl::IsResourceExhausted(answers_[3].at(0).status()));
  EXPECT_THAT(std::string(answers_[3][0].status().message()), ::testing::HasSubstr("max_pending_operations"));
  // The way back from a failure is not refused.
  Offline(4, "c", 0x8);
  EXPECT_TRUE(answers_[4].at(0).ok());
  gateway_.End(0, v1::DONE);
  gateway_.End(1, v1::DONE);
  Offline(5, "b");
  EXPECT_TRUE(answers_[5].at(0).ok());
}

TEST_F(EngineStartTest, IdOfAnEndedOperation_IsAnsweredFromTheJournalAndNotRun) {
  Open("r");
  Offline(1);
  gateway_.End(0, v1::DONE);
  Restart();
  Open("r");
  answers_.clear();
  session_ = std::make_shared<RecordingListener>();
  Offline(1);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::SUCCEEDED));
  EXPECT_EQ(engine_->Counts().ended, 1U);
  EXPECT_TRUE(engine_->Cancel(Id(1), 0).ok());
  EXPECT_TRUE(absl::IsNotFound(engine_->Cancel(Id(9), 0)));
  // The resource is not held up by what never was.
  Offline(2);
  EXPECT_THAT(gateway_.runs, SizeIs(2));
}

TEST_F(EngineStartTest, IdOfAnEndedOperationWhenNoMoreAreTaken_IsAnsweredAllTheSame) {
  options_.max_pending_operations = 1;
  Restart();
  Open("r");
  Open("other");
  Offline(1);
  gateway_.End(0, v1::DONE);
  Offline(2, "other");
  answers_.clear();
  Offline(1);
  EXPECT_TRUE(answers_[1].at(0).ok()) << answers_[1][0].status();
  Offline(3);
  EXPECT_TRUE(absl::IsResourceExhausted(answers_[3].at(0).status()));
}

TEST_F(EngineStartTest, IdOfAnEndedOperationWhileLocked_TheResourceStaysWhatItIs) {
  Open("r");
  Offline(1);
  gateway_.End(0, v1::DONE);
  Lock("r", true);
  Offline(1);
  EXPECT_EQ(engine_->Resources().at(0).state(), v1::RESOURCE_OFFLINE);
}

TEST_F(EngineStartTest, JournalRefusesARefusal_TheResourceStaysWhatItIs) {
  Open("r");
  Offline(1);
  gateway_.End(0, v1::DONE);
  Lock("r", true);
  journal_.fail_next = absl::ResourceExhaustedError("the disk is full");
  Offline(2);
  EXPECT_TRUE(absl::IsResourceExhausted(answers_[2].at(0).status()));
  EXPECT_EQ(engine_->Resources().at(0).state(), v1::RESOURCE_OFFLINE);
}

TEST_F(EngineStartTest, MoreResourcesThanAllowed_ResourceExhausted) {
  options_.max_resources = 1;
  Restart();
  Open("a");
  ResourceSpec spec;
  spec.resource = "b";
  EXPECT_TRUE(absl::IsResourceExhausted(engine_->OpenResource(spec, "s", session_).status()));
  engine_->CloseResource("a", "s", [] {});
  EXPECT_TRUE(engine_->OpenResource(spec, "s", session_).ok());
}

TEST_F(EngineStartTest, ModuleReportsWithoutPause_HistoryStaysSmallAndTheLatestIsTold) {
  Open("r");
  Offline(1);
  for (uint32_t i = 1; i <= 100000; ++i) {
    gateway_.Progress(0, i);
    if (i % 100 == 0) time_.Advance(absl::Milliseconds(1));
  }
  gateway_.End(0, v1::DONE);
  const std::vector<v1::Event> seen = Seen(1);
  EXPECT_LT(seen.size(), 200U);
  EXPECT_GT(seen.size(), 40U);
  EXPECT_EQ(seen[seen.size() - 2].checkpoint(), 100000U);
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].sequence(), i + 1);
}

TEST_F(EngineStartTest, CheckpointThatFalls_IsNotPassedOn) {
  Open("r");
  Offline(1);
  gateway_.Progress(0, 7);
  gateway_.Progress(0, 3);
  EXPECT_EQ(Seen(1).back().checkpoint(), 7U);
}

}  // namespace
}  // namespace resource_broker::broker::testing
