#include "broker_service/steady_time.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"

namespace resource_broker::broker {
namespace {

TEST(SteadyTimeTest, Waits_AreCountedAndItNeverGoesBack) {
  const absl::Duration begin = SteadyTime();
  absl::Duration last = begin;
  const absl::Time until = absl::Now() + absl::Milliseconds(50);
  while (absl::Now() < until) {
    const absl::Duration now = SteadyTime();
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_GE(last - begin, absl::Milliseconds(30));
}

}  // namespace
}  // namespace resource_broker::broker
