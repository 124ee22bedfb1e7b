#include "ipc/utf16.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ipc/utf16_lossy.h"

namespace resource_broker::ipc {
namespace {

using ::testing::HasSubstr;

TEST(Utf16Test, EveryCodePoint_SurvivesBothWays) {
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point <= 0xDFFF) continue;
    std::u16string text;
    if (point < 0x10000) {
      text = static_cast<char16_t>(point);
    } else {
      text = {static_cast<char16_t>(0xD7C0 + (point >> 10)), static_cast<char16_t>(0xDC00 + (point & 0x3FF))};
    }
    const auto utf8 = Utf8FromUtf16(text);
    ASSERT_TRUE(utf8.ok()) << std::hex << static_cast<uint32_t>(point);
    const auto back = Utf16FromUtf8(*utf8);
    ASSERT_TRUE(back.ok()) << std::hex << static_cast<uint32_t>(point);
    ASSERT_TRUE(*back == text) << std::hex << static_cast<uint32_t>(point);
  }
}

TEST(Utf16Test, EachLength_HasItsBytes) {
  EXPECT_EQ(Utf8FromUtf16(u"a\u00e4\u20ac\U0001F600").value(), "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(Utf8FromUtf16(std::u16string_view(u"\0b", 2)).value(), std::string("\0b", 2));
  EXPECT_EQ(Utf8FromUtf16(u"").value(), "");
}

TEST(Utf16Test, LoneSurrogate_IsRefusedWithItsOffset) {
  for (const std::u16string& text : {std::u16string{u'a', 0xD800}, std::u16string{u'a', 0xDC00},
                                     std::u16string{u'a', 0xDC00, 0xD800}, std::u16string{u'a', 0xD800, u'b'}}) {
    const auto result = Utf8FromUtf16(text);
    EXPECT_TRUE(absl::IsInvalidArgument(result.status()));
    EXPECT_THAT(result.status().message(), HasSubstr("offset 1"));
  }
}

TEST(Utf16Test, MalformedUtf8_IsRefusedWithItsOffset) {
  const std::string malformed[] = {
      "\x80",              // a trail byte alone
      "\xC3",              // cut short
      "\xE2\x82",          //
      "\xF0\x9F\x98",      //
      "\xC3(",             // no trail byte follows
      "\xC0\xAF",          // overlong
      "\xE0\x80\xAF",      //
      "\xF0\x80\x80\xAF",  //
      "\xED\xA0\x80",      // a surrogate
      "\xF4\x90\x80\x80",  // beyond U+10FFFF
      "\xF8\x88\x80\x80\x80",
      "\xFF",
  };
  for (const std::string& text : malformed) {
    const auto result = Utf16FromUtf8("ab" + text);
    EXPECT_TRUE(absl::IsInvalidArgument(result.status())) << ::testing::PrintToString(text);
    EXPECT_THAT(result.status().message(), HasSubstr("offset 2"));
  }
}

TEST(Utf16Test, Lossy_ReplacesWhatIsMalformedAndKeepsTheRest) {
  EXPECT_EQ(Utf8FromUtf16Lossy(std::u16string{u'a', 0xD800, u'b'}),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_TRUE(Utf16FromUtf8Lossy("a\xE2\x82(b\xFF") == u"a\uFFFD(b\uFFFD");
}

}  // namespace
}  // namespace resource_broker::ipc
