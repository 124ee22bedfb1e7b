#include "resource_modules/sdk/in_buffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "resource_modules/sdk/property_list_builder.h"

namespace resource_broker::sdk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string ListOfEverything() {
  return PropertyListBuilder()
      .Dword(u"TimeoutMs", 4711)
      .Text(u"Mode", u"hard")
      .Ularge(u"Big", 0x123456789ABCDEF0)
      .ExpandText(u"Path", u"%RB_TEST_NO_SUCH_VARIABLE%/x")
      .TextList(u"List", {u"one", u"zwei ü", u"\xD83D\xDE00"})
      .Binary(u"Blob", "\x01\x02\x03")
      .Raw(u"SecurityDescriptor", 0x00010009, "12345")
      .Build();
}

TEST(InBufferTest, PropertyListOfEverySyntax_IsRead) {
  auto values = ParseInBuffer(ListOfEverything());
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_EQ(values->Number("timeoutms", 0, 10000).value(), 4711);
  EXPECT_EQ(values->Text("Mode").value(), "hard");
  EXPECT_EQ(values->Number("Big", 0, UINT64_MAX).value(), 0x123456789ABCDEF0);
  EXPECT_EQ(values->Text("Path").value(), "%RB_TEST_NO_SUCH_VARIABLE%/x");
  EXPECT_THAT(values->TextList("List").value(), ElementsAre("one", "zwei \xC3\xBC", "\xF0\x9F\x98\x80"));
  EXPECT_TRUE(values->Has("Blob"));
  EXPECT_FALSE(values->Has("SecurityDescriptor"));
  EXPECT_EQ(values->size(), 6);
}

TEST(InBufferTest, EmptyBufferAndEmptyList_HaveNoValues) {
  EXPECT_EQ(ParseInBuffer("").value().size(), 0);
  EXPECT_EQ(ParseInBuffer(Word(0)).value().size(), 0);
}

TEST(InBufferTest, EveryTruncationOfAList_IsRefused) {
  std::string list = ListOfEverything();
  for (size_t size = 1; size < list.size(); ++size) {
    // A copy of exactly that size, so that a sanitizer sees the first byte too many.
    std::string truncated(list, 0, size);
    EXPECT_FALSE(ParseInBuffer(truncated).ok()) << size;
  }
}

TEST(InBufferTest, BytesAfterTheList_AreIgnored) {
  auto values = ParseInBuffer(ListOfEverything() + "rest");
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_EQ(values->size(), 6);
}

TEST(InBufferTest, EveryChangedByteOfAList_DoesNotCrash) {
  std::string list = ListOfEverything();
  for (size_t i = 0; i < list.size(); ++i) {
    for (unsigned char value : {0x00, 0x01, 0x7F, 0x80, 0xD8, 0xFF}) {
      std::string changed = list;
      changed[i] = static_cast<char>(value);
      ParseInBuffer(changed).IgnoreError();
    }
  }
}

TEST(InBufferTest, RandomBytes_DoNotCrash) {
  std::mt19937 random(20120101);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(random() % 200, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    ParseInBuffer(bytes).IgnoreError();
    // The same behind a plausible beginning, which lets it come further.
    ParseInBuffer(Word(1 + random() % 3) + Word(0x00040003) + Word(random() % 64) + bytes).IgnoreError();
    ParseInBuffer("{" + bytes).IgnoreError();
  }
}

TEST(InBufferTest, LengthNearTheLargestNumber_IsRefused) {
  for (uint32_t length : {0xFFFFFFFFu, 0xFFFFFFFEu, 0xFFFFFFFDu, 0xFFFFFFFCu, 0x80000000u}) {
    auto values = ParseInBuffer(Word(1) + Word(0x00040003) + Word(length) + "abcd");
    ASSERT_FALSE(values.ok());
    EXPECT_THAT(std::string(values.status().message()), HasSubstr("beyond the end at offset 12"));
  }
}

TEST(InBufferTest, MorePropertiesThanAllowed_IsRefusedBeforeReadingThem) {
  auto values = ParseInBuffer(Word(0x7FFFFFFF));
  ASSERT_FALSE(values.ok());
  EXPECT_THAT(std::string(values.status().message()), HasSubstr("2147483647 properties"));
}

TEST(InBufferTest, LoneSurrogateInAName_IsRefused) {
  EXPECT_FALSE(ParseInBuffer(PropertyListBuilder().Dword(u"\xD800", 1).Build()).ok());
}

TEST(InBufferTest, NumberOfTheWrongSize_IsRefusedWithItsPlaceAndWithoutItsName) {
  auto values = ParseInBuffer(PropertyListBuilder().Raw(u"TimeoutMs", 0x00010002, "12").Build());
  ASSERT_FALSE(values.ok());
  // A name may be anybody's content, and the words go into the log.
  EXPECT_EQ(values.status().message(), "not a property list: a value (a 32-bit number without 4 bytes) at offset 44");
}

TEST(InBufferTest, JsonObject_IsRead) {
  auto values = ParseInBuffer(R"({"TimeoutMs": 60000, "Mode": "hard", "Flag": true, "List": ["a", "b"],
                                  "Mixed": ["a", 1], "Half": 0.5, "Negative": -1, "Nothing": null, "Deep": {"x": 1}})");
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_EQ(values->Number("TimeoutMs", 0, 100000).value(), 60000);
  EXPECT_EQ(values->Text("Mode").value(), "hard");
  EXPECT_TRUE(values->Switch("Flag", false).value());
  EXPECT_THAT(values->TextList("List").value(), ElementsAre("a", "b"));
  for (const char* name : {"Mixed", "Half", "Negative", "Nothing", "Deep"}) EXPECT_FALSE(values->Has(name)) << name;
}

TEST(InBufferTest, EveryTruncationOfAnObject_IsRefused) {
  std::string object = R"({"TimeoutMs": 60000, "Mode": "hard", "List": ["a", "b"]})";
  for (size_t size = 1; size < object.size(); ++size) {
    EXPECT_FALSE(ParseInBuffer(object.substr(0, size)).ok()) << size;
  }
}

TEST(InBufferTest, DeeplyNestedObject_IsRefused) {
  std::string object;
  for (int i = 0; i < 100000; ++i) object += R"({"a":)";
  EXPECT_FALSE(ParseInBuffer(object).ok());
}

}  // namespace
}  // namespace resource_broker::sdk
