// A broker that follows another, and those who look on.
#include "absl/status/status.h"
#include "broker_service/operations/testing/engine_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
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

TEST_F(EngineRecoverTest, KilledWhileRunning_FailedWith1067) {
  Open("r");
  Offline(1);
  Restart();
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  Open("r");
  answers_.clear();
  Start(1, v1::OFFLINE, "r", 0, 2);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::FAILED));
  EXPECT_EQ(Final(1).win32_code(), 1067U);
}

TEST_F(EngineRecoverTest, KilledWhileAnIdempotentModuleRan_GivenAgain) {
  gateway_.idempotent = true;
  Open("r");
  Offline(1);
  Restart();
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(gateway_.runs[1].execution.attempt, 2U);
  EXPECT_EQ(gateway_.runs[1].execution.operation->id(), Id(1));
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
  void OnEvent(const v1::OperationRequest& operation, const v1::Event& event, bool history) override {
    events.emplace_back(operation.resource(), event.sequence());
  }
  std::vector<std::pair<std::string, uint64_t>> events;
};

using ::testing::Pair;

TEST_F(EngineRecoverTest, WatchFromStart_HasEveryEventOnce) {
  Open("r");
  Offline(1);
  const auto watcher = std::make_shared<RecordingWatcher>();
  ASSERT_TRUE(engine_->Watch("", "", true, watcher).ok());
  gateway_.End(0, v1::DONE);
  EXPECT_THAT(watcher->events, ElementsAre(Pair("r", 1), Pair("r", 2), Pair("r", 3)));
}

TEST_F(EngineRecoverTest, WatchOfOneResource_HearsNothingOfOthers) {
  Open("r");
  Open("other");
  const auto watcher = std::make_shared<RecordingWatcher>();
  ASSERT_TRUE(engine_->Watch("", "r", false, watcher).ok());
  Offline(1, "other");
  EXPECT_THAT(watcher->events, IsEmpty());
  Offline(2, "r");
  EXPECT_THAT(watcher->events, ElementsAre(Pair("r", 1), Pair("r", 2)));
}

TEST_F(EngineRecoverTest, WatchOfAnEndedOperation_GetsItsHistory) {
  Open("r");
  Offline(1);
  gateway_.End(0, v1::DONE);
  const auto watcher = std::make_shared<RecordingWatcher>();
  ASSERT_TRUE(engine_->Watch(Id(1), "", true, watcher).ok());
  EXPECT_THAT(watcher->events, SizeIs(3));
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

}  // namespace
}  // namespace resource_broker::broker::testing
