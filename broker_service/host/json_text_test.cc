#include "broker_service/host/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace resource_broker::broker {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Fault(std::string_view text) {
  const auto read = ReadJson(text);
  EXPECT_FALSE(read.ok()) << text;
  return std::string(read.status().message());
}

TEST(JsonTextTest, EveryKindOfValue_IsReadWithItsPlace) {
  const auto read = ReadJson(
      "{\n \"a\": [1, -2.5e3, true, null],\n \"\\u00fc\\n\\\"\": {\"\xF0\x9F\x98\x80\": \"\\ud83d\\ude00\"}}\n");
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->members.size(), 2U);
  EXPECT_EQ(read->members[0].name, "a");
  EXPECT_EQ(ToString(read->members[0].place), "line 2, column 2");
  ASSERT_EQ(read->members[0].value.items.size(), 4U);
  EXPECT_EQ(read->members[0].value.items[1].text, "-2.5e3");
  EXPECT_EQ(ToString(read->members[0].value.items[1].place), "line 2, column 11");
  EXPECT_EQ(read->members[1].name, "\xC3\xBC\n\"");
  const JsonMember& inner = read->members[1].value.members[0];
  EXPECT_EQ(inner.name, "\xF0\x9F\x98\x80");
  EXPECT_EQ(inner.value.text, inner.name);
  // A character of several bytes is one column.
  EXPECT_EQ(ToString(inner.value.place), "line 3, column 22");
}

TEST(JsonTextTest, EachMistake_HasItsPlaceAndReason) {
  EXPECT_EQ(Fault(""), "is empty; write {} where all defaults are right");
  EXPECT_EQ(Fault(" \n"), "is empty; write {} where all defaults are right");
  EXPECT_EQ(Fault("{\n  \"a\": 1,\n}"), "line 2, column 9: a comma with nothing after it; take it out");
  EXPECT_EQ(Fault("{\"a\": [1,]}"), "line 1, column 9: a comma with nothing after it; take it out");
  EXPECT_EQ(Fault("{\"a\": 1\n \"b\": 2}"), "line 2, column 2: \",\" or \"}\" is expected, not \"\\\"\"");
  EXPECT_EQ(Fault("{\"a\" 1}"), "line 1, column 6: \":\" after the key is expected, not \"1\"");
  EXPECT_EQ(Fault("{a: 1}"), "line 1, column 2: a key in double quotes is expected, not \"a\"");
  EXPECT_EQ(Fault("{\"a\": 1"), "line 1, column 8: \",\" or \"}\" is expected, not the end");
  EXPECT_EQ(Fault("{// no\n}"), "line 1, column 2: JSON has no comments");
  EXPECT_EQ(Fault("{\"a\": 'b'}"), "line 1, column 7: texts stand in double quotes");
  EXPECT_EQ(Fault("{\"a\": info}"), "line 1, column 7: info is no value of JSON; texts stand in double quotes");
  EXPECT_EQ(Fault("{\"a\": \"C:\\ProgramData\"}"),
            "line 1, column 10: \"\\\" begins no escape of JSON here; a \"\\\" itself is written \"\\\\\"");
  EXPECT_EQ(Fault("{\"a\": \"b\n\"}"), "line 1, column 9: a text ends with a double quote, on the line it begins on");
  EXPECT_EQ(Fault("{} {}"), "line 1, column 4: there is more after the end of the configuration");
  EXPECT_EQ(Fault("{\"a\": \"\xFF\"}"), "line 1, column 8: a byte that is not UTF-8; save the file in that encoding");
  EXPECT_EQ(Fault("{\"a\": \"\\ud83d\"}"), "line 1, column 8: half of a surrogate pair");
  for (const char* number : {"01", "1.", ".5", "+1", "1e", "--1", "0x10", "NaN", "Infinity"}) {
    EXPECT_THAT(Fault(absl::StrCat("{\"a\": ", number, "}")), StartsWith("line 1, column 7: ")) << number;
  }
  EXPECT_THAT(Fault(std::string(100, '[')), HasSubstr("nested too deep"));
  EXPECT_THAT(Fault(std::string(1 << 20, '[')), HasSubstr("nested too deep"));
}

// What it takes, protobuf's parser takes as well: there is no third opinion an administrator would get.
TEST(JsonTextTest, RandomChangesOfAText_NeverCrashAndAgreeWithProtobufWhereTheyAreTaken) {
  const std::string text = R"({"a": [1, -2.5e3, true, null, "x\u00fc\n"], "b": {"c": {}, "d": []}, "e": "ü"})";
  std::mt19937 random(7);
  int taken = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string changed = text;
    for (unsigned changes = random() % 3; changes-- > 0;) {
      const size_t at = random() % changed.size();
      if (random() % 2 == 0) {
        changed.erase(at, 1 + random() % 3);
      } else {
        changed.insert(at, 1, "{}[]\",:0\\\n-e.u\x80 "[random() % 17]);
      }
    }
    const auto read = ReadJson(changed);
    if (!read.ok() || read->kind != JsonValue::Kind::kObject) continue;
    ++taken;
    google::protobuf::Struct object;
    const auto parsed = google::protobuf::util::JsonStringToMessage(changed, &object);
    // Two members of one name, and what is not a number of theirs.
    if (!parsed.ok()) {
      EXPECT_THAT(std::string(parsed.message()), AnyOf(HasSubstr("epeated map key"), HasSubstr("umber"))) << changed;
    }
  }
  EXPECT_GT(taken, 1000);
}

}  // namespace
}  // namespace resource_broker::broker
