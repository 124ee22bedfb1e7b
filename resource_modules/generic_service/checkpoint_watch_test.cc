#include "resource_modules/generic_service/checkpoint_watch.h"

#include <gtest/gtest.h>

namespace resource_broker::generic_service {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class CheckpointWatchTest : public ::testing::Test {
 protected:
  static ServiceStatus Pending(uint32_t checkpoint, milliseconds hint) {
    ServiceStatus status;
    status.state = ServiceState::kStopPending;
    status.checkpoint = checkpoint;
    status.wait_hint = hint;
    return status;
  }
  static CheckpointWatch::Time At(milliseconds time) { return CheckpointWatch::Time(seconds(1000) + time); }

  CheckpointWatch watch_{{seconds(10), seconds(60)}};
};

TEST_F(CheckpointWatchTest, CheckpointGrows_DoesNotStall) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(watch_.Note(Pending(static_cast<uint32_t>(i), seconds(20)), At(i * seconds(19))));
    EXPECT_FALSE(watch_.Stalled(At(i * seconds(19))));
  }
}

TEST_F(CheckpointWatchTest, CheckpointStands_StallsAfterItsHint) {
  watch_.Note(Pending(1, seconds(20)), At(seconds(0)));
  EXPECT_FALSE(watch_.Note(Pending(1, seconds(20)), At(seconds(15))));
  EXPECT_FALSE(watch_.Stalled(At(seconds(20))));
  EXPECT_TRUE(watch_.Stalled(At(seconds(21))));
}

TEST_F(CheckpointWatchTest, AnotherState_IsNewsThoughTheCheckpointStands) {
  watch_.Note(Pending(0, seconds(20)), At(seconds(0)));
  ServiceStatus stopped = Pending(0, seconds(20));
  stopped.state = ServiceState::kStopped;
  EXPECT_TRUE(watch_.Note(stopped, At(seconds(19))));
  EXPECT_FALSE(watch_.Stalled(At(seconds(30))));
}

TEST_F(CheckpointWatchTest, HintsTooShortOrTooLong_AreBounded) {
  watch_.Note(Pending(1, milliseconds(1)), At(seconds(0)));
  EXPECT_FALSE(watch_.Stalled(At(seconds(10))));
  EXPECT_TRUE(watch_.Stalled(At(milliseconds(10001))));
  watch_.Note(Pending(2, std::chrono::hours(100)), At(seconds(100)));
  EXPECT_TRUE(watch_.Stalled(At(milliseconds(160001))));
}

TEST_F(CheckpointWatchTest, Interval_IsATenthOfTheHintWithinBounds) {
  watch_.Note(Pending(1, seconds(10)), At(seconds(0)));
  EXPECT_EQ(watch_.Interval(), seconds(1));
  watch_.Note(Pending(2, seconds(0)), At(seconds(0)));
  EXPECT_EQ(watch_.Interval(), milliseconds(250));
  watch_.Note(Pending(3, std::chrono::hours(1)), At(seconds(0)));
  EXPECT_EQ(watch_.Interval(), seconds(2));
}

}  // namespace
}  // namespace resource_broker::generic_service
