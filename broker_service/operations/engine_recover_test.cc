// A broker that follows another, and those who look on.
#include "absl/status/status.h"
#include "broker_service/operations/testing/engine_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

using EngineRecoverTest = EngineTest;

TEST_F(EngineRecoverTest, KilledWhileQueued_ResumesAndCompletesOnce) {
  Open("r");
  Lock("r", true);
  Offline(1, "r", 0x4);
  Restart();
  ASSERT_THAT(gateway_.runs, SizeIs(1));  // nobody holds the lock any more
  Open("r");
  session_ = std::make_shared<RecordingListener>();
  answers_.clear();
  Start(1, v1::OFFLINE, "r", 0x4, 2);
  gateway_.End(0, v1::DONE);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::RUNNING, v1::SUCCEEDED));
  EXPECT_EQ(Seen(1)[0].sequence(), 3U);
}

TEST_F(EngineRecoverTest, KilledWhileRunning_GoesOnWithItsModule) {
  Open("r");
  Offline(1);
  gateway_.Progress(0, 1);
  Restart();
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(gateway_.runs[1].execution.operation->id(), Id(1));
  EXPECT_TRUE(gateway_.runs[1].execution.resume);
  EXPECT_EQ(gateway_.runs[1].execution.attempt, 1U);
  EXPECT_EQ(gateway_.runs[1].execution.after_step, 1U);
  Open("r");
  answers_.clear();
  session_ = std::make_shared<RecordingListener>();
  Start(1, v1::OFFLINE, "r", 0, 3);
  gateway_.End(1, v1::DONE);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::SUCCEEDED));
}

TEST_F(EngineRecoverTest, KilledWhileRunningAndItsModuleDoesNotKnowIt_FailedWith1067) {
  Open("r");
  Offline(1);
  Restart();
  gateway_.Lose(1, 1067);
  Open("r");
  answers_.clear();
  Start(1, v1::OFFLINE, "r", 0, 2);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::FAILED));
  EXPECT_EQ(Final(1).win32_code(), 1067U);
}

TEST_F(EngineRecoverTest, KilledWhileRunningAndItsModuleCantBeStarted_FailedWith1067) {
  Open("r");
  Offline(1);
  Restart();
  gateway_.NotRun(1, 126, "it is gone");
  Open("r");
  answers_.clear();
  Start(1, v1::OFFLINE, "r", 0, 2);
  EXPECT_EQ(Final(1).win32_code(), 1067U);
}

// Its end waits for the write under way; were the next one written before it, both would be found under way.
TEST_F(EngineRecoverTest, KilledBeforeTheEndIsDurable_TheNextOneIsNotFoundUnderWay) {
  Open("r");
  Offline(1);
  Start(2, v1::ONLINE, "r");
  journal_.hold = true;
  gateway_.Progress(0, 1);
  gateway_.End(0, v1::DONE);
  ASSERT_EQ(journal_.held(), 1);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  journal_.Commit();  // PROGRESS
  ASSERT_EQ(journal_.held(), 1);
  journal_.Commit();  // SUCCEEDED
  ASSERT_EQ(journal_.held(), 1);
  EXPECT_EQ(journal_.writes.back().back().kind(), v1::RUNNING);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  journal_.Commit();
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(gateway_.runs[1].execution.operation->id(), Id(2));
}

TEST_F(EngineRecoverTest, KilledWhileAnIdempotentModuleRanThatIsLost_GivenAgain) {
  gateway_.idempotent = true;
  Open("r");
  Offline(1);
  Restart();
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  gateway_.Lose(1, 1067);
  time_.Advance(absl::Minutes(1));
  ASSERT_THAT(gateway_.runs, SizeIs(3));
  EXPECT_EQ(gateway_.runs[2].execution.attempt, 2U);
  EXPECT_FALSE(gateway_.runs[2].execution.resume);
  EXPECT_EQ(gateway_.runs[2].execution.operation->id(), Id(1));
}

TEST_F(EngineRecoverTest, KilledAfterACancel_TheModuleIsToldAgain) {
  Open("r");
  Offline(1);
  ASSERT_TRUE(engine_->Cancel(Id(1), 0).ok());
  gateway_.cancelled.clear();
  Restart();
  EXPECT_THAT(gateway_.cancelled, ElementsAre(Pair(Id(1), 0U)));
  gateway_.End(1, v1::OUTCOME_CANCELLED, 1223);
  Open("r");
  answers_.clear();
  session_ = std::make_shared<RecordingListener>();
  Start(1, v1::OFFLINE, "r", 0, 3);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::CANCELLED));
}

TEST_F(EngineRecoverTest, KilledDuringATerminate_TheModuleIsToldAgain) {
  Open("r");
  Offline(1);
  engine_->Terminate("r", "Terminate", [] {});
  gateway_.terminations.clear();
  Restart();
  ASSERT_THAT(gateway_.terminations, SizeIs(1));
  gateway_.End(1, v1::OUTCOME_TERMINATED, 995);
  gateway_.terminations[0].done(absl::OkStatus());
  Open("r");
  answers_.clear();
  session_ = std::make_shared<RecordingListener>();
  Start(1, v1::OFFLINE, "r", 0, 4);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::TERMINATED));
}

TEST_F(EngineRecoverTest, KilledWithTwoInLine_TheirOrderStays) {
  Open("r");
  Lock("r", true);
  Offline(1, "r", 0x4);
  Offline(2, "r", 0x4);
  Restart();
  ASSERT_THAT(gateway_.runs, SizeIs(1));
  gateway_.End(0, v1::DONE);
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(gateway_.runs[0].execution.operation->id(), Id(1));
  EXPECT_EQ(gateway_.runs[1].execution.operation->id(), Id(2));
}

TEST_F(EngineRecoverTest, EndedBefore_IsStillKnown) {
  Open("r");
  Offline(1);
  gateway_.End(0, v1::DONE);
  Restart();
  Open("r");
  answers_.clear();
  session_ = std::make_shared<RecordingListener>();
  Start(1, v1::OFFLINE, "r", 0, 0);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::SUCCEEDED));
  EXPECT_EQ(engine_->Counts().ended, 1U);
}

class RecordingWatcher : public OperationWatcher {
 public:
  using Events = std::vector<std::pair<std::string, uint64_t>>;

  void OnEvent(const std::shared_ptr<const v1::WatchedEvent>& event, bool history) override {
    absl::MutexLock lock(&mu_);
    events_.emplace_back(event->resource(), event->event().sequence());
  }
  void OnLost() override {}

  // What it has heard when that is `count` events; what there is after 10 s.
  Events Await(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto enough = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return events_.size() >= count; };
    mu_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(10));
    return events_;
  }

 private:
  absl::Mutex mu_;
  Events events_ ABSL_GUARDED_BY(mu_);
};

TEST_F(EngineRecoverTest, WatchFromStart_HasEveryEventOnce) {
  Open("r");
  Offline(1);
  const auto watcher = std::make_shared<RecordingWatcher>();
  ASSERT_TRUE(engine_->Watch("", "", true, watcher).ok());
  gateway_.End(0, v1::DONE);
  EXPECT_THAT(watcher->Await(3), ElementsAre(Pair("r", 1), Pair("r", 2), Pair("r", 3)));
}

TEST_F(EngineRecoverTest, WatchOfOneResource_HearsNothingOfOthers) {
  Open("r");
  Open("other");
  const auto watcher = std::make_shared<RecordingWatcher>();
  ASSERT_TRUE(engine_->Watch("", "r", false, watcher).ok());
  Offline(1, "other");
  Offline(2, "r");
  EXPECT_THAT(watcher->Await(2), ElementsAre(Pair("r", 1), Pair("r", 2)));
}

TEST_F(EngineRecoverTest, WatchOfAnEndedOperation_GetsItsHistory) {
  Open("r");
  Offline(1);
  gateway_.End(0, v1::DONE);
  const auto watcher = std::make_shared<RecordingWatcher>();
  ASSERT_TRUE(engine_->Watch(Id(1), "", true, watcher).ok());
  EXPECT_THAT(watcher->Await(3), SizeIs(3));
  EXPECT_TRUE(absl::IsNotFound(engine_->Watch(Id(9), "", true, watcher)));
}

TEST_F(EngineRecoverTest, WatcherIsGone_NothingIsToldToIt) {
  Open("r");
  auto watcher = std::make_shared<RecordingWatcher>();
  ASSERT_TRUE(engine_->Watch("", "", false, watcher).ok());
  watcher.reset();
  Offline(1);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
}

TEST_F(EngineRecoverTest, KilledWhileRestoring_TheRestoreGoesOnAndTheCauseIsKept) {
  Open("r");
  Offline(1, "r", 0x02);
  gateway_.End(0, v1::OUTCOME_FAILED, 1053, 77, 0x10);
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  const std::string restore_id = gateway_.runs[1].execution.operation->id();
  Restart();
  ASSERT_THAT(gateway_.runs, SizeIs(3));
  EXPECT_TRUE(gateway_.runs[2].execution.restore);
  EXPECT_EQ(gateway_.runs[2].execution.operation->id(), restore_id);
  EXPECT_NE(restore_id, Id(1));
  gateway_.End(2, v1::DONE);
  const v1::FinalReport final = journal_.Find(Id(1))->events().rbegin()->final();
  EXPECT_EQ(final.state(), v1::RESOURCE_ONLINE);
  EXPECT_EQ(final.win32_code(), 1053U);
  EXPECT_EQ(final.module_code(), 77U);
  EXPECT_EQ(final.status_flags(), 0x10U);
}

}  // namespace
}  // namespace resource_broker::broker::testing
