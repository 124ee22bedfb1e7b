#include "clients/names/names.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace resource_broker::names {
namespace {

using ::testing::HasSubstr;

TEST(Flags, TheSameNameIsAnotherBitForOnlineAndOffline) {
  EXPECT_EQ(*ParseFlags(FlagSet::kOnline, "IGNORE_RESOURCE_STATUS"), 0x02u);
  EXPECT_EQ(*ParseFlags(FlagSet::kOffline, "IGNORE_RESOURCE_STATUS"), 0x01u);
}

TEST(Flags, NamesAndNumbersMixInAnyCase) {
  EXPECT_EQ(*ParseFlags(FlagSet::kOffline, "queue_enabled|0x20|64"), 0x64u);
  EXPECT_EQ(*ParseFlags(FlagSet::kOffline, "0xFFFFFFFF"), 0xFFFFFFFFu);
  EXPECT_EQ(*ParseFlags(FlagSet::kOpen, "0"), 0u);
}

TEST(Flags, AnUnknownNameIsRefusedWithTheKnownOnes) {
  const absl::Status status = ParseFlags(FlagSet::kOffline, "QUEUE_ENABLED|SOON").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("\"SOON\""));
  EXPECT_THAT(status.message(), HasSubstr("DO_NOT_UPDATE_PERSISTENT_STATE"));
}

TEST(Flags, RubbishNumbersAreRefused) {
  for (const char* text : {"", "|", "0x", "0x1FFFFFFFF", "4294967296", "-1", "0x-1", "1 2"}) {
    EXPECT_FALSE(ParseFlags(FlagSet::kOffline, text).ok()) << text;
  }
}

TEST(Flags, EveryCombinationOfTheSevenOfflineFlagsSurvivesPrintingAndReading) {
  for (uint32_t flags = 0; flags < 0x80; ++flags) {
    EXPECT_EQ(*ParseFlags(FlagSet::kOffline, FormatFlags(FlagSet::kOffline, flags)), flags);
  }
}

TEST(Flags, BitsWithoutANameArePrintedAsANumber) {
  EXPECT_EQ(FormatFlags(FlagSet::kOffline, 0x4024), "QUEUE_ENABLED|IGNORE_NETWORK_CONNECTIVITY|0x4000");
  EXPECT_EQ(FormatFlags(FlagSet::kStatus, 0x80000001), "OFFLINE_BUSY|DUMP_NOW");
}

TEST(Durations, NeedAUnitAndAreBounded) {
  EXPECT_EQ(*ParseDuration("250ms"), absl::Milliseconds(250));
  EXPECT_EQ(*ParseDuration("1.5m"), absl::Seconds(90));
  for (const char* text : {"", "10", "0", "-1s", "25h", "inf", "s", "10 s"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(States, NamesAreThoseOfTheHeader) {
  EXPECT_EQ(StateName(130), "OfflinePending");
  EXPECT_EQ(*ParseState("offline"), 3);
  EXPECT_EQ(StateName(77), "state 77");
  EXPECT_FALSE(ParseState("Stopped").ok());
}

TEST(Win32, KnownCodesCarryTheirName) {
  EXPECT_EQ(FormatWin32(997), "997 ERROR_IO_PENDING");
  EXPECT_EQ(FormatWin32(5960), "5960 ERROR_CLUSTER_RESOURCE_LOCKED_STATUS");
  EXPECT_EQ(FormatWin32(123456), "123456");
}

}  // namespace
}  // namespace resource_broker::names
