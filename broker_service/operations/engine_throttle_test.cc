// Places: in all, in one module, towards one node; who waits for one, who is refused, who goes on all the same.
#include "broker_service/operations/testing/engine_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr uint32_t kIgnoreResourceStatus = 0x01;
constexpr uint32_t kQueueEnabled = 0x04;
constexpr uint32_t kReturning = 0x08;

class EngineThrottleTest : public EngineTest {
 protected:
  void Limit(const ThrottleLimits& limits) {
    options_.running = limits;
    Restart();
    for (const char* resource : {"a", "b", "c", "d", "back"}) Open(resource);
  }
  std::string RunId(size_t i) { return gateway_.runs.at(i).execution.operation->id(); }
};

TEST_F(EngineThrottleTest, AllPlacesTakenWithQueueEnabled_TheNextWaitsAndTheWayBackDoesNot) {
  Limit({2, 10, 10});
  Offline(1, "a");
  Offline(2, "b");
  Offline(3, "c", kQueueEnabled);
  Offline(4, "d", kQueueEnabled);
  Offline(5, "back", kReturning);
  ASSERT_THAT(gateway_.runs, SizeIs(3));
  EXPECT_EQ(RunId(2), Id(5));
  EXPECT_THAT(SeenKinds(3), ElementsAre(v1::ACCEPTED, v1::QUEUED));
  gateway_.End(2, v1::DONE);
  EXPECT_THAT(gateway_.runs, SizeIs(3));  // it had its own place
  gateway_.End(0, v1::DONE);
  ASSERT_THAT(gateway_.runs, SizeIs(4));
  EXPECT_EQ(RunId(3), Id(3));
  gateway_.End(1, v1::DONE);
  ASSERT_THAT(gateway_.runs, SizeIs(5));
  EXPECT_EQ(RunId(4), Id(4));
}

TEST_F(EngineThrottleTest, AllPlacesTakenWithoutFlags_RefusedAsSourceThrottled) {
  Limit({1, 10, 10});
  Offline(1, "a");
  Offline(2, "b");
  EXPECT_THAT(SeenKinds(2), ElementsAre(v1::ACCEPTED, v1::REFUSED));
  EXPECT_EQ(Final(2).status_flags(), 0x2U);
  EXPECT_EQ(Final(2).win32_code(), 5960U);
  EXPECT_EQ(Final(2).state(), v1::RESOURCE_ONLINE);
}

TEST_F(EngineThrottleTest, AllPlacesTakenWithIgnoreResourceStatus_Runs) {
  Limit({1, 10, 10});
  Offline(1, "a");
  Offline(2, "b", kIgnoreResourceStatus);
  EXPECT_THAT(gateway_.runs, SizeIs(2));
}

TEST_F(EngineThrottleTest, AllPlacesTaken_AnOnlineWaits) {
  Limit({1, 10, 10});
  Offline(1, "a");
  Start(2, v1::ONLINE, "b");
  EXPECT_THAT(SeenKinds(2), ElementsAre(v1::ACCEPTED, v1::QUEUED));
  gateway_.End(0, v1::DONE);
  EXPECT_THAT(gateway_.runs, SizeIs(2));
}

TEST_F(EngineThrottleTest, AllPlacesOfItsModuleTaken_WaitsForThatModule) {
  Limit({10, 1, 10});
  Offline(1, "a");
  Offline(2, "b", kQueueEnabled);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  EXPECT_EQ(Seen(2).back().message(), "all 1 places of its module are taken");
  gateway_.End(0, v1::DONE);
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(RunId(1), Id(2));
}

TEST_F(EngineThrottleTest, AllPlacesOfTheDestinationTaken_OthersGoOn) {
  Limit({10, 10, 1});
  OfflineTo(1, "a", "NODE2");
  OfflineTo(2, "b", "node2");
  EXPECT_EQ(Final(2).status_flags(), 0x4U);
  OfflineTo(3, "c", "node2", kQueueEnabled);
  OfflineTo(4, "d", "node3");
  Offline(5, "back");
  ASSERT_THAT(gateway_.runs, SizeIs(3));
  EXPECT_EQ(RunId(1), Id(4));
  EXPECT_EQ(RunId(2), Id(5));
  gateway_.End(1, v1::DONE);
  EXPECT_THAT(gateway_.runs, SizeIs(3));
  gateway_.End(0, v1::DONE);
  ASSERT_THAT(gateway_.runs, SizeIs(4));
  EXPECT_EQ(RunId(3), Id(3));
}

TEST_F(EngineThrottleTest, CancelledWhileItWaitsForAPlace_TheNextOfThatResourceWaitsForItsOwn) {
  Limit({10, 10, 1});
  OfflineTo(1, "a", "node2");
  OfflineTo(2, "b", "node3");
  OfflineTo(3, "c", "node2", kQueueEnabled);
  OfflineTo(4, "c", "node3", kQueueEnabled);
  ASSERT_TRUE(engine_->Cancel(Id(3), 0).ok());
  gateway_.End(1, v1::DONE);  // node3 is free
  ASSERT_THAT(gateway_.runs, SizeIs(3));
  EXPECT_EQ(RunId(2), Id(4));
  gateway_.End(2, v1::DONE);
  gateway_.End(0, v1::DONE);
  OfflineTo(5, "d", "node2");
  EXPECT_THAT(gateway_.runs, SizeIs(4));
}

TEST_F(EngineThrottleTest, QueueOfTheCluster_ReportsTheFlagInsteadOfWaiting) {
  options_.queue_by_cluster = true;
  Limit({1, 10, 10});
  Offline(1, "a", kQueueEnabled);
  Offline(2, "b", kQueueEnabled);
  EXPECT_EQ(Final(2).status_flags(), 0x2U);
  gateway_.End(0, v1::NOT_NOW, 5960, 0, 0x8);
  EXPECT_EQ(Final(1).status_flags(), 0x8U);
  Lock("c", true);
  Offline(3, "c", kQueueEnabled);
  EXPECT_EQ(Final(3).status_flags(), 0x1U);
  EXPECT_EQ(Final(3).state(), v1::RESOURCE_ONLINE);
}

TEST_F(EngineThrottleTest, RunThatOutlastsItsOperation_KeepsItsPlace) {
  Limit({1, 10, 10});
  Offline(1, "a");
  engine_->Terminate("a", "test", [] {});
  time_.Advance(options_.module_terminate);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::TERMINATE_REQUESTED, v1::TERMINATED));
  Offline(2, "b", kQueueEnabled);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  gateway_.End(0, v1::OUTCOME_TERMINATED);
  EXPECT_THAT(gateway_.runs, SizeIs(2));
}

}  // namespace
}  // namespace resource_broker::broker::testing
