// A broker that ends for the next one.
#include "absl/status/status.h"
#include "broker_service/operations/testing/engine_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class EngineHandOverTest : public EngineTest {
 protected:
  void HandOver() {
    engine_->HandOver([this] { ++settled_; });
  }
  // What the bridge does when the next broker is there.
  void Resume(int number, uint64_t last_sequence) {
    Open("r");
    answers_.clear();
    session_ = std::make_shared<RecordingListener>();
    Start(number, v1::OFFLINE, "r", 0, last_sequence);
  }

  int settled_ = 0;
};

TEST_F(EngineHandOverTest, NothingIsUnderWay_DoneAtOnce) {
  Open("r");
  HandOver();
  EXPECT_EQ(settled_, 1);
}

TEST_F(EngineHandOverTest, OperationComes_UnavailableAndNotKept) {
  Open("r");
  HandOver();
  Offline(1);
  ASSERT_THAT(answers_[1], SizeIs(1));
  EXPECT_TRUE(absl::IsUnavailable(answers_[1][0].status()));
  EXPECT_THAT(journal_.writes, IsEmpty());
}

TEST_F(EngineHandOverTest, ModuleHasNotSaidThatItHasIt_WaitsForThat) {
  Open("r");
  Offline(1);
  HandOver();
  EXPECT_EQ(settled_, 0);
  gateway_.runs.at(0).listener->OnTaken();
  EXPECT_EQ(settled_, 1);
}

TEST_F(EngineHandOverTest, RunningIsNotDurableYet_TheNextBrokerGivesItForTheFirstTime) {
  Open("r");
  journal_.hold = true;
  Offline(1);
  HandOver();
  while (journal_.held() > 0) journal_.Commit();
  EXPECT_EQ(settled_, 1);
  EXPECT_THAT(gateway_.runs, IsEmpty());
  journal_.hold = false;
  Restart();
  ASSERT_THAT(gateway_.runs, SizeIs(1));
  EXPECT_FALSE(gateway_.runs[0].execution.resume);
  EXPECT_EQ(gateway_.runs[0].execution.attempt, 1U);
  Resume(1, 3);
  gateway_.End(0, v1::DONE);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::RUNNING, v1::SUCCEEDED));
}

TEST_F(EngineHandOverTest, ModuleWasNotReady_TheNextBrokerGivesItForTheFirstTime) {
  Open("r");
  Offline(1);
  HandOver();
  gateway_.NotRun(0, 1067, "it had not got it");
  EXPECT_EQ(settled_, 1);
  Restart();
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_FALSE(gateway_.runs[1].execution.resume);
  EXPECT_EQ(gateway_.runs[1].execution.attempt, 1U);
}

TEST_F(EngineHandOverTest, ResumedOneWasNotGiven_TheNextBrokerResumesItAgain) {
  Open("r");
  Offline(1);
  Restart();
  HandOver();
  EXPECT_EQ(settled_, 1);
  gateway_.NotRun(1, 1067, "it had not got it");
  Restart();
  ASSERT_THAT(gateway_.runs, SizeIs(3));
  EXPECT_TRUE(gateway_.runs[2].execution.resume);
}

TEST_F(EngineHandOverTest, ModuleReports_ProgressIsLeftToTheNextBrokerAndAResultIsTaken) {
  Open("r");
  Open("other");
  Offline(1);
  Offline(2, "other");
  gateway_.runs.at(1).listener->OnTaken();
  HandOver();
  gateway_.Progress(0, 5);
  EXPECT_EQ(settled_, 1);
  gateway_.End(1, v1::DONE);
  EXPECT_THAT(SeenKinds(1), ElementsAre(v1::ACCEPTED, v1::RUNNING));
  EXPECT_THAT(SeenKinds(2), ElementsAre(v1::ACCEPTED, v1::RUNNING, v1::SUCCEEDED));
  Restart();
  ASSERT_THAT(gateway_.runs, SizeIs(3));
  EXPECT_EQ(gateway_.runs[2].execution.after_step, 0U);
}

TEST_F(EngineHandOverTest, OneWaitsBehindAnother_IsNotBegunAndTheNextBrokerDoesIt) {
  Open("r");
  Offline(1);
  Offline(2);
  gateway_.runs.at(0).listener->OnTaken();
  HandOver();
  gateway_.End(0, v1::DONE);
  EXPECT_THAT(gateway_.runs, SizeIs(1));
  Restart();
  ASSERT_THAT(gateway_.runs, SizeIs(2));
  EXPECT_EQ(gateway_.runs[1].execution.operation->id(), Id(2));
}

}  // namespace
}  // namespace resource_broker::broker::testing
