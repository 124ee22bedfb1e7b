#include "bridge_dll/wide_text.h"

#include <gtest/gtest.h>

namespace resource_broker::bridge {
namespace {

using WideString = std::basic_string<resapi::WCHAR>;

WideString Wide(const std::u16string& text) { return {text.begin(), text.end()}; }

TEST(WideText, NamesUpToTheLimitAreTaken) {
  EXPECT_EQ(*NameFromHost(Wide(u"").c_str()), "");
  EXPECT_EQ(*NameFromHost(Wide(u"\u00E9\U0001F600").c_str()), "\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(NameFromHost(Wide(std::u16string(1024, u'x')).c_str())->size(), 1024U);
  EXPECT_TRUE(absl::IsOutOfRange(NameFromHost(Wide(std::u16string(1025, u'x')).c_str()).status()));
  EXPECT_TRUE(absl::IsOutOfRange(NameFromHost(Wide(std::u16string(513, u'\u00E9')).c_str()).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(NameFromHost(Wide({0xDC00}).c_str()).status()));
}

TEST(WideText, TextForTheHostIsCutBetweenCharacters) {
  EXPECT_EQ(TextForHost("abc", 10), Wide(u"abc"));
  EXPECT_EQ(TextForHost("abc", 2), Wide(u"ab"));
  EXPECT_EQ(TextForHost("a\xF0\x9F\x98\x80", 2), Wide(u"a"));
  EXPECT_EQ(TextForHost("a\xF0\x9F\x98\x80", 3), Wide(u"a\U0001F600"));
  EXPECT_EQ(TextForHost("a", 0), Wide(u""));
  EXPECT_EQ(TextForHost("\xFF", 100), Wide(u"(text that is not valid UTF-8)"));
}

}  // namespace
}  // namespace resource_broker::bridge
