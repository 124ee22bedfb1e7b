#include "broker_service/slow_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "broker_service/operations/testing/fake_time.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class SlowStepTest : public ::testing::Test {
 protected:
  FakeTime time_;
  std::vector<std::string> lines_;
  int described_ = 0;
  std::unique_ptr<SlowSteps> steps_ = std::make_unique<SlowSteps>(
      absl::Seconds(1), &time_, &time_, [this](const std::string& line) { lines_.push_back(line); });

  SlowSteps::Step Begin(const char* name = "module.terminate") {
    return steps_->Begin(name, [this] {
      ++described_;
      return std::string("module m 1.0.0, resource \"r\"");
    });
  }
};

TEST_F(SlowStepTest, StepEndsInTime_NothingIsSaidDescribedOrLeft) {
  {
    const SlowSteps::Step step = Begin();
    time_.Advance(absl::Milliseconds(999));
  }
  EXPECT_EQ(time_.timers(), 0U);
  time_.Advance(absl::Seconds(10));
  EXPECT_THAT(lines_, IsEmpty());
  EXPECT_EQ(described_, 0);
  EXPECT_THAT(steps_->Counts(), IsEmpty());
}

TEST_F(SlowStepTest, StepHangs_ReportedMeanwhileAtDoublingTimesAndAtItsEnd) {
  SlowSteps::Step step = Begin();
  time_.Advance(absl::Seconds(1));
  ASSERT_THAT(lines_, ElementsAre(AllOf(HasSubstr("module.terminate"), HasSubstr("resource \"r\""), HasSubstr("1s"))));
  EXPECT_THAT(steps_->Counts(), ElementsAre(Pair("module.terminate", 1)));
  time_.Advance(absl::Milliseconds(999));
  EXPECT_THAT(lines_, SizeIs(1));
  time_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(lines_, SizeIs(2));
  time_.Advance(absl::Seconds(7));  // 4 s and 8 s
  EXPECT_THAT(lines_, SizeIs(4));
  EXPECT_THAT(lines_.back(), HasSubstr("8s"));
  step.End();
  EXPECT_THAT(lines_, SizeIs(5));
  EXPECT_THAT(lines_.back(), AllOf(HasSubstr("has ended after 9s"), HasSubstr("resource \"r\"")));
  time_.Advance(absl::Hours(1));
  EXPECT_THAT(lines_, SizeIs(5));
  EXPECT_EQ(described_, 1);
  EXPECT_THAT(steps_->Counts(), ElementsAre(Pair("module.terminate", 1)));
}

TEST_F(SlowStepTest, SeveralHangAtOnce_CountedByName) {
  const SlowSteps::Step first = Begin();
  const SlowSteps::Step second = Begin();
  const SlowSteps::Step third = Begin("journal.commit");
  time_.Advance(absl::Seconds(1));
  EXPECT_THAT(steps_->Counts(), ElementsAre(Pair("journal.commit", 1), Pair("module.terminate", 2)));
}

TEST_F(SlowStepTest, StepIsGivenAway_EndsOnceWhereItIs) {
  SlowSteps::Step here = Begin();
  time_.Advance(absl::Seconds(1));
  SlowSteps::Step there = std::move(here);
  here.End();  // NOLINT(bugprone-use-after-move): it must be harmless
  EXPECT_THAT(lines_, SizeIs(1));
  there = SlowSteps::Step();
  EXPECT_THAT(lines_, SizeIs(2));
}

TEST_F(SlowStepTest, StepOutlivesAllElse_SaysNothing) {
  SlowSteps::Step step = Begin();
  steps_ = nullptr;
  time_.Advance(absl::Seconds(5));
  step.End();
  EXPECT_THAT(lines_, IsEmpty());
}

}  // namespace
}  // namespace resource_broker::broker::testing
