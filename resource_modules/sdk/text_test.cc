#include "resource_modules/sdk/text.h"

#include <gtest/gtest.h>

namespace resource_broker::sdk {
namespace {

TEST(MessageTextTest, ValidText_StaysAsItIs) {
  std::string text = "a \xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80 \xED\x9F\xBF \xEE\x80\x80 \xF4\x8F\xBF\xBF";
  EXPECT_EQ(MessageText(text), text);
}

TEST(MessageTextTest, MalformedBytes_AreReplacedEach) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(MessageText("a\xFF"
                        "b"),
            "a" + bad + "b");
  EXPECT_EQ(MessageText("\xC0\x80"), bad + bad);                      // overlong
  EXPECT_EQ(MessageText("\xE0\x9F\xBF"), bad + bad + bad);            // overlong
  EXPECT_EQ(MessageText("\xED\xA0\x80"), bad + bad + bad);            // surrogate
  EXPECT_EQ(MessageText("\xF4\x90\x80\x80"), bad + bad + bad + bad);  // beyond U+10FFFF
  EXPECT_EQ(MessageText("\xE2\x82"), bad + bad);                      // cut off
  EXPECT_EQ(MessageText("\x80"), bad);
}

TEST(MessageTextTest, ControlCharacters_BecomeSpaces) { EXPECT_EQ(MessageText("a\r\n\tb"), "a   b"); }

TEST(MessageTextTest, LongText_IsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "\xE2\x82\xAC";
  EXPECT_EQ(MessageText(text).size(), kMaxMessageBytes / 3 * 3);
  EXPECT_EQ(MessageText(std::string(5000, 'x')).size(), kMaxMessageBytes);
}

}  // namespace
}  // namespace resource_broker::sdk
