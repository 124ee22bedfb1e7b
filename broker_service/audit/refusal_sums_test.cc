#include "broker_service/audit/refusal_sums.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

v1::AuditRecord Refused(const std::string& identity, const std::string& from) {
  v1::AuditRecord record;
  record.set_identity(identity);
  record.set_from(from);
  record.set_method("connect");
  record.set_code(16);
  return record;
}

TEST(RefusalSumsTest, SameKindFromAnotherPort_IsCountedUntilTheMinuteIsOver) {
  RefusalSums sums;
  EXPECT_TRUE(sums.Add(Refused("", "10.0.0.1:1"), absl::ZeroDuration()));
  EXPECT_FALSE(sums.Add(Refused("", "10.0.0.1:2"), absl::Seconds(1)));
  EXPECT_FALSE(sums.Add(Refused("", "10.0.0.1:3"), absl::Seconds(2)));
  EXPECT_TRUE(sums.Add(Refused("", "10.0.0.2:1"), absl::Seconds(2)));
  EXPECT_TRUE(sums.Take(absl::Seconds(59)).empty());
  EXPECT_EQ(sums.due(), absl::Minutes(1));
  const auto due = sums.Take(absl::Seconds(60));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].repeated(), 2U);
  EXPECT_EQ(due[0].from(), "10.0.0.1:3");
}

TEST(RefusalSumsTest, QuietMinute_IsForgotten) {
  RefusalSums sums;
  sums.Add(Refused("", "10.0.0.1:1"), absl::ZeroDuration());
  EXPECT_TRUE(sums.Take(absl::Seconds(60)).empty());
  EXPECT_EQ(sums.due(), absl::InfiniteDuration());
  EXPECT_TRUE(sums.Add(Refused("", "10.0.0.1:1"), absl::Seconds(61)));
}

TEST(RefusalSumsTest, MoreKindsThanAreTracked_AreOneThatNamesNobody) {
  RefusalSums sums;
  int written = 0;
  for (int i = 0; i < 10000; ++i) {
    if (sums.Add(Refused("", absl::StrCat("10.", i / 256, ".", i % 256, ".1:5")), absl::ZeroDuration())) ++written;
  }
  EXPECT_EQ(written, static_cast<int>(RefusalSums::kMaxKinds) + 1);
  const auto due = sums.Take(absl::Seconds(60));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].from(), "");
  EXPECT_EQ(due[0].repeated(), 10000U - written);
}

}  // namespace
}  // namespace resource_broker::broker
