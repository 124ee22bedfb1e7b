#include "clients/rhs_host/format_message.h"

#include <cstdarg>
#include <cstdint>
#include <string>

#include "gtest/gtest.h"

namespace resource_broker::rhs_host {
namespace {

using resapi::WCHAR;

// As the host's LogEvent gets it.
std::string Log(const WCHAR* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::string text = RenderLogMessage(format, arguments);
  va_end(arguments);
  return text;
}

#define T(literal) RESAPI_TEXT(literal)

TEST(RenderLogMessage, NumbersAndStringsByTheirInsertNumber) {
  EXPECT_EQ(Log(T("%2!s! took %1!u! ms%n"), 42u, T("offline")), "offline took 42 ms\n");
  EXPECT_EQ(Log(T("%1 and %1!s!"), T("x")), "x and x");
}

TEST(RenderLogMessage, MoreArgumentsThanRegistersHold) {
  EXPECT_EQ(Log(T("%1!u! %2!u! %3!u! %4!u! %5!u! %6!u! %7!u! %8!s! %9!d! %10!I64u!"), 1u, 2u, 3u, 4u, 5u, 6u, 7u,
                T("eight"), -9, uint64_t{1} << 40),
            "1 2 3 4 5 6 7 eight -9 1099511627776");
}

TEST(RenderLogMessage, AnArgumentThatNoInsertNamesIsSkipped) { EXPECT_EQ(Log(T("%3!u!"), T("first"), 2u, 3u), "3"); }

TEST(RenderLogMessage, SizesCutAndExtend) {
  EXPECT_EQ(Log(T("%1!d!"), -1), "-1");
  EXPECT_EQ(Log(T("%1!u!"), 0xFFFFFFFFu), "4294967295");
  EXPECT_EQ(Log(T("%1!hd!"), 0x18000), "-32768");
  EXPECT_EQ(Log(T("%1!I64d!"), int64_t{-8589934592}), "-8589934592");
  EXPECT_EQ(Log(T("%1!lu!"), 7u), "7") << "Windows' long has 32 bits";
  EXPECT_EQ(Log(T("%1!08x! %1!#x! %1!X! %1!o!"), 0xBEEFu), "0000beef 0xbeef BEEF 137357");
  EXPECT_EQ(Log(T("%1!p!"), uint64_t{0xABCDEF}), "0000000000ABCDEF");
}

TEST(RenderLogMessage, WidthAndPrecision) {
  EXPECT_EQ(Log(T("[%1!5u!][%1!-5u!][%1!05u!][%1!.3u!]"), 42u), "[   42][42   ][00042][042]");
  EXPECT_EQ(Log(T("[%1!6s!][%1!-6s!][%1!.2s!]"), T("abc")), "[   abc][abc   ][ab]");
  EXPECT_EQ(Log(T("[%1!*.*s!][%4][%5!*s!]"), 4, 2, T("Bill"), T("Bob"), 6, T("Bill")), "[  Bi][Bob][  Bill]");
}

TEST(RenderLogMessage, NarrowAndWideText) {
  EXPECT_EQ(Log(T("%1!S! %2!hs! %3!ls! %4!ws!"), "a", "b", T("c"), T("d")), "a b c d");
  EXPECT_EQ(Log(T("%1!c!%2!C!"), T('\u00E9'), 'x'), "\u00E9x");
  EXPECT_EQ(Log(T("%1!s!"), T("\U0001F600 \u00FC")), "\U0001F600 \u00FC");
}

TEST(RenderLogMessage, ALoneSurrogateAndNullAreReadable) {
  const WCHAR lone[] = {0xD800, 'x', 0};
  EXPECT_EQ(Log(T("%1!s!"), lone), "\uFFFDx");
  EXPECT_EQ(Log(T("%1!s! %2!S!"), nullptr, nullptr), "(null) (null)");
  EXPECT_EQ(Log(nullptr), "");
}

TEST(RenderLogMessage, Escapes) {
  EXPECT_EQ(Log(T("100%% %. %! %b|%t|%r")), "100% . !  |\t|\r");
  EXPECT_EQ(Log(T("the end%0 and not this")), "the end");
  EXPECT_EQ(Log(T("odd %")), "odd %");
}

TEST(RenderLogMessage, WhatIsNoFormatStaysText) {
  EXPECT_EQ(Log(T("%1!f!"), T("x")), "x!f!");
  EXPECT_EQ(Log(T("%1!"), T("x")), "x!");
}

TEST(RenderLogMessage, AHugeWidthIsBounded) {
  EXPECT_EQ(Log(T("%1!999999999u!"), 1u).size(), 4096u);
  EXPECT_EQ(Log(T("%1!*u!"), INT32_MIN, 1u).size(), 4096u);
}

}  // namespace
}  // namespace resource_broker::rhs_host
