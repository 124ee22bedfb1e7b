#include "clients/brokerctl/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resource_broker::brokerctl {
namespace {

constexpr int64_t kDay = int64_t{24} * 3600 * 1'000'000;

TEST(MomentTest, SoLongAgoOrAMomentInUtc) {
  EXPECT_EQ(*ParseMoment("--since", "2h", kDay), kDay - kDay / 12);
  EXPECT_EQ(*ParseMoment("--since", "1.5d", 2 * kDay), kDay / 2);
  EXPECT_EQ(*ParseMoment("--since", "1970-01-02", 0), kDay);
  EXPECT_EQ(*ParseMoment("--since", "1970-01-02 00:01", 0), kDay + 60'000'000);
  EXPECT_EQ(*ParseMoment("--since", "1970-01-02T00:00:01.5Z", 0), kDay + 1'500'000);
  EXPECT_EQ(*ParseMoment("--since", "", kDay), 0) << "no bound";
  for (const char* text : {"soon", "-2h", "0s", "2", "99999d", "1970-13-01"}) {
    const absl::Status status = ParseMoment("--until", text, kDay).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), ::testing::StartsWith("--until: ")) << text;
  }
}

TEST(BytesTest, AreInTheUnitThatFits) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1536), "1.5 KiB");
  EXPECT_EQ(FormatBytes(uint64_t{5} << 40), "5.0 TiB");
}

TEST(StatesTest, AreParsedInAnyCaseAndRefusedWithTheKnownOnes) {
  EXPECT_EQ(*ParseResourceState("FAILED"), v1::RESOURCE_FAILED);
  EXPECT_EQ(*ParseEventKind("succeeded"), v1::SUCCEEDED);
  EXPECT_FALSE(ParseResourceState("Inherited").ok()) << "of the cluster, but of no resource here";
  EXPECT_THAT(std::string(ParseEventKind("gone").status().message()), ::testing::HasSubstr("REFUSED"));
}

}  // namespace
}  // namespace resource_broker::brokerctl
