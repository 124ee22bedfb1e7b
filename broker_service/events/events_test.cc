#include "broker_service/events/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "broker_service/events/event_sink.h"
#include "broker_service/events/testing/event_files.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;

// As in tests/remote/golden.py: RESOURCE_BROKER_GOLDEN=write makes the file anew.
void ExpectFile(const std::string& name, const std::string& content) {
  const std::string file = std::string(RESOURCE_BROKER_SOURCES) + "/" + name;
  const char* golden = getenv("RESOURCE_BROKER_GOLDEN");
  if (golden != nullptr && std::string(golden) == "write") std::ofstream(file, std::ios::binary) << content;
  std::ifstream stream(file, std::ios::binary);
  const std::string found{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  EXPECT_EQ(found, content) << name << " is not what events.cc says";
}

TEST(EventsTest, MessageFileAndDocument_AreMadeOfTheList) {
  ExpectFile("broker_service/events/events.mc", EventMessages());
  ExpectFile("docs/event_ids.md", EventDocument());
}

TEST(EventsTest, List_IsInOrderWithoutTwinsAndHasAllItsWords) {
  std::set<std::string> names;
  uint32_t last = 0;
  for (const EventInfo& event : Events()) {
    EXPECT_GT(static_cast<uint32_t>(event.id), last) << event.name;
    last = static_cast<uint32_t>(event.id);
    EXPECT_TRUE(names.insert(event.name).second) << event.name;
    EXPECT_EQ(&InfoOf(event.id), &event);
    EXPECT_STRNE(event.text, "");
    EXPECT_STRNE(event.action, "");
    // One that tells of something wrong says what to do.
    if (event.severity != LogLevel::kInfo) {
      EXPECT_STRNE(event.action, "Nothing.") << event.name;
    }
    // A text is one line of the message file, and inserts are in the text only.
    EXPECT_EQ(std::string(event.text).find('\n'), std::string::npos);
    EXPECT_EQ(std::string(event.action).find('%'), std::string::npos) << event.name;
  }
}

TEST(EventsTest, EachInsertOfAText_IsOneThatItHas) {
  for (const EventInfo& event : Events()) {
    std::vector<std::string> inserts;
    for (uint32_t i = 0; i < event.inserts; ++i) inserts.push_back("<" + std::to_string(i) + ">");
    const std::string text = TextOf(event, inserts);
    for (const std::string& insert : inserts) EXPECT_THAT(text, HasSubstr(insert)) << event.name;
    EXPECT_EQ(text.find('%'), std::string::npos) << event.name;
    // FormatMessage reads "%1!" as the beginning of a format.
    for (size_t i = 1; i + 1 < std::string(event.text).size(); ++i) {
      EXPECT_FALSE(event.text[i - 1] == '%' && event.text[i + 1] == '!') << event.name;
    }
  }
}

TEST(EventsTest, MessageId_HasTheSeverityInItsHighestBits) {
  EXPECT_EQ(MessageIdOf(InfoOf(EventId::kBrokerStarted)), 0x400003E8U);
  EXPECT_EQ(MessageIdOf(InfoOf(EventId::kSlowStep)), 0x800003F0U);
  EXPECT_EQ(MessageIdOf(InfoOf(EventId::kStartFailed)), 0xC00003ECU);
}

TEST(EventsTest, InsertWithWhatTheEventLogWouldReplace_IsSetApartAndBounded) {
  EXPECT_EQ(EventInsert("100 %1 and %%2 but 5% off"), "100 % 1 and % % 2 but 5% off");
  EXPECT_EQ(EventInsert(std::string("a\0b", 3)), "a?b");
  EXPECT_EQ(EventInsert("a\xFF"), "a?");
  EXPECT_EQ(EventInsert(std::string(5000, 'x')).size(), 3000U);
}

}  // namespace
}  // namespace resource_broker::broker::testing
