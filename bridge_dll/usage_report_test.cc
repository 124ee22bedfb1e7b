// What is reported of the entry points, and how often.
#include "bridge_dll/usage_report.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace resource_broker::bridge {
namespace {

using std::chrono::microseconds;

class UsageReportTest : public ::testing::Test {
 protected:
  std::optional<v1::ReportUsageRequest> AfterInterval() { return report_.Make(now_ += kUsageInterval); }

  SteadyTime now_ = SteadyTime() + std::chrono::hours(1);
  EntryPointCounts counts_;
  UsageReport report_{&counts_};
};

TEST_F(UsageReportTest, CallsSinceTheLastReport_AreReportedOnce) {
  report_.Attached(now_);
  counts_.Add(v1::EntryPointUsage::IS_ALIVE, microseconds(100));
  counts_.Add(v1::EntryPointUsage::IS_ALIVE, microseconds(101));
  counts_.Add(v1::EntryPointUsage::OPEN, microseconds(60000000));
  EXPECT_FALSE(report_.Make(now_).has_value());
  const auto first = AfterInterval();
  ASSERT_TRUE(first.has_value());
  ASSERT_EQ(first->entry_points_size(), 2);
  EXPECT_EQ(first->entry_points(0).entry_point(), v1::EntryPointUsage::OPEN);
  EXPECT_EQ(first->entry_points(0).buckets(kEntryPointBucketsUs.size()), 1U);
  ASSERT_EQ(first->entry_points(1).buckets_size(), static_cast<int>(kEntryPointBucketsUs.size()) + 1);
  EXPECT_EQ(first->entry_points(1).buckets(0), 1U);
  EXPECT_EQ(first->entry_points(1).buckets(1), 1U);
  EXPECT_EQ(first->entry_points(1).total_us(), 201U);
  EXPECT_EQ(first->reconnects(), 0U);
  report_.Answered(UsageReport::Outcome::kTaken, now_);
  counts_.Add(v1::EntryPointUsage::IS_ALIVE, microseconds(5));
  const auto second = AfterInterval();
  ASSERT_TRUE(second.has_value());
  ASSERT_EQ(second->entry_points_size(), 1);
  EXPECT_EQ(second->entry_points(0).total_us(), 5U);
}

TEST_F(UsageReportTest, NothingChanged_NothingIsSent) {
  report_.Attached(now_);
  EXPECT_FALSE(AfterInterval().has_value());
  EXPECT_EQ(report_.due(), now_ + kUsageInterval);
}

TEST_F(UsageReportTest, LostReport_IsInTheNextOneAsWell) {
  report_.Attached(now_);
  counts_.Add(v1::EntryPointUsage::CLOSE, microseconds(1));
  ASSERT_TRUE(AfterInterval().has_value());
  EXPECT_EQ(report_.due(), kNever);
  report_.Answered(UsageReport::Outcome::kLost, now_);
  counts_.Add(v1::EntryPointUsage::CLOSE, microseconds(1));
  const auto again = AfterInterval();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->entry_points(0).buckets(0), 2U);
}

TEST_F(UsageReportTest, BrokerOfBeforeThis_IsNotAskedAgainOnThatConnection) {
  report_.Attached(now_);
  counts_.Add(v1::EntryPointUsage::CLOSE, microseconds(1));
  ASSERT_TRUE(AfterInterval().has_value());
  report_.Answered(UsageReport::Outcome::kUnknown, now_);
  EXPECT_FALSE(AfterInterval().has_value());
  report_.Attached(now_);
  const auto report = AfterInterval();
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->reconnects(), 1U);
  EXPECT_EQ(report->entry_points_size(), 1);
}

TEST_F(UsageReportTest, ManyThreadsAtOnce_NoCallIsLost) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int call = 0; call < 10000; ++call) counts_.Add(v1::EntryPointUsage::LOOKS_ALIVE, microseconds(1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counts_.Read()[v1::EntryPointUsage::LOOKS_ALIVE].buckets[0], 40000U);
}

}  // namespace
}  // namespace resource_broker::bridge
