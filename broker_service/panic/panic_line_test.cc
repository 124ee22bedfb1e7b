#include "broker_service/panic/panic_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/time/time.h"

namespace resource_broker::broker {
namespace {

std::string TimeText(int64_t seconds) {
  PanicLine line;
  line.AddTime(seconds);
  return {line.data(), line.size()};
}

TEST(PanicLineTest, Times_AreAsTheLibraryWritesThem) {
  // Days around leap days, ends of years, and one of each month of two years.
  for (int64_t seconds = 0; seconds < int64_t{150} * 366 * 86400; seconds += 86400 * 13 + 7919) {
    ASSERT_EQ(TimeText(seconds),
              absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(seconds), absl::UTCTimeZone()));
  }
  EXPECT_EQ(TimeText(951782400), "2000-02-29T00:00:00Z");
  EXPECT_EQ(TimeText(4107542399), "2100-02-28T23:59:59Z");
}

TEST(PanicLineTest, Numbers_AreWrittenInFull) {
  PanicLine line;
  line.AddNumber(0).Add(" ").AddNumber(18446744073709551615U).Add(" ").AddHex(0xc0000005);
  EXPECT_EQ(std::string(line.data()), "0 18446744073709551615 0xc0000005");
}

TEST(PanicLineTest, WhatDoesNotFit_IsLeftOut) {
  PanicLine line;
  for (int i = 0; i < 1000; ++i) line.Add("0123456789");
  EXPECT_EQ(line.size(), 2047U);
  EXPECT_EQ(line.data()[line.size()], '\0');
}

}  // namespace
}  // namespace resource_broker::broker
