#include "broker_service/access/call_rates.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "broker_service/operations/testing/fake_time.h"

namespace resource_broker::broker {
namespace {

int TakeAll(CallRates* rates, const std::string& identity) {
  int taken = 0;
  while (taken < 10000 && rates->Take(identity)) ++taken;
  return taken;
}

TEST(CallRatesTest, BurstOfTwiceTheRate_IsLetThroughAndThenTheRate) {
  testing::FakeTime time;
  CallRates rates(10, &time);
  EXPECT_EQ(TakeAll(&rates, "a"), 20);
  EXPECT_EQ(TakeAll(&rates, "b"), 20);
  time.Advance(absl::Seconds(1));
  EXPECT_EQ(TakeAll(&rates, "a"), 10);
  time.Advance(absl::Hours(1));
  EXPECT_EQ(TakeAll(&rates, "a"), 20);
}

TEST(CallRatesTest, MoreIdentitiesThanAreTracked_ShareOneBucketUntilOthersAreFullAgain) {
  testing::FakeTime time;
  CallRates rates(10, &time);
  // At another moment than the clock's first.
  time.Advance(absl::Hours(1));
  for (size_t i = 0; i < CallRates::kMaxTracked; ++i) EXPECT_TRUE(rates.Take(absl::StrCat("tracked-", i)));
  EXPECT_EQ(TakeAll(&rates, "x"), 20);
  EXPECT_EQ(TakeAll(&rates, "y"), 0);
  time.Advance(absl::Seconds(3));
  EXPECT_EQ(TakeAll(&rates, "x"), 20);
  EXPECT_EQ(TakeAll(&rates, "y"), 20);
}

}  // namespace
}  // namespace resource_broker::broker
