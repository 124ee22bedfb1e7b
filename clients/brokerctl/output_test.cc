#include "clients/brokerctl/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/brokerctl/json.h"
#include "clients/brokerctl/operation_answers.h"
#include "clients/brokerctl/status_commands.h"
#include "clients/brokerctl/table.h"

namespace resource_broker::brokerctl {
namespace {

using ::testing::HasSubstr;

v1::OperationRecord EndedOffline() {
  v1::OperationRecord record;
  v1::OperationRequest* operation = record.mutable_operation();
  operation->set_id(std::string("\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef", 16));
  operation->set_kind(v1::OFFLINE);
  operation->set_resource("диск 1");
  operation->set_resource_type("Resource Broker");
  operation->set_module("generic_service");
  operation->set_flags(0x24);
  operation->set_destination_node("NODE2");
  record.set_in_buffer_bytes(12);
  v1::Event* accepted = record.add_events();
  accepted->set_sequence(1);
  accepted->set_kind(v1::ACCEPTED);
  v1::Event* refused = record.add_events();
  refused->set_sequence(2);
  refused->set_time_unix_us(1'500'000);
  refused->set_kind(v1::REFUSED);
  refused->set_message("locked by\nan administrator");
  refused->mutable_final()->set_state(v1::RESOURCE_ONLINE);
  refused->mutable_final()->set_win32_code(5960);
  refused->mutable_final()->set_status_flags(0x1);
  refused->mutable_final()->set_queue_time_us(1500);
  return record;
}

TEST(TableTest, CellsOfDifferentWidthAndAlphabet_ColumnsAlign) {
  EXPECT_EQ(FormatTable({{"A", "LONG HEADING", "C"}, {"длинное", "x", ""}}),
            "A        LONG HEADING  C\n"
            "длинное  x\n");
}

TEST(TableTest, StatesInTheirColumns_AreColouredAndStayAligned) {
  EXPECT_EQ(FormatTable({{"NAME", "STATE", "X"}, {"Failed", "Failed", "y"}, {"b", "Online", "z"}}, /*coloured=*/true),
            "NAME    STATE   X\n"
            "Failed  \x1b[31mFailed\x1b[0m  y\n"
            "b       \x1b[32mOnline\x1b[0m  z\n");
}

TEST(TableTest, ControlCharactersInACell_NeverReachTheTerminal) {
  EXPECT_EQ(FormatTable({{"a\x1b[2J\r\n\x7f\u009bb", "\u00FC"}}), "a [2J    b  \u00FC\n");
}

TEST(FormatTest, OperationThatEnded_ShowsWhatWasAskedAndHowItEnded) {
  EXPECT_EQ(RenderTable(AnswerOf(EndedOffline(), OperationParts(EndedOffline()))),
            "operation    0123456789abcdef0123456789abcdef\n"
            "kind         Offline\n"
            "resource     диск 1\n"
            "type         Resource Broker\n"
            "module       generic_service\n"
            "flags        QUEUE_ENABLED|IGNORE_NETWORK_CONNECTIVITY\n"
            "destination  \"NODE2\"\n"
            "in buffer    12 bytes\n"
            "reserved     0\n"
            "outcome      Online, 5960 ERROR_CLUSTER_RESOURCE_LOCKED_STATUS, OFFLINE_BUSY\n"
            "ran in       -\n"
            "queued       1.5 ms\n"
            "ran          0.0 ms\n"
            "\n"
            "#  WHEN                     EVENT     ATTEMPT  CHECKPOINT  PROGRESS  MESSAGE\n"
            "1  1970-01-01 00:00:00.000  ACCEPTED  0        0           -         -\n"
            "2  1970-01-01 00:00:01.500  REFUSED   0        0           -         locked by an administrator\n");
}

TEST(FormatTest, OperationWithNulls_SaysNull) {
  v1::OperationRecord record = EndedOffline();
  record.mutable_operation()->clear_destination_node();
  record.clear_in_buffer_bytes();
  const std::string text = RenderTable(AnswerOf(record, OperationParts(record)));
  EXPECT_THAT(text, HasSubstr("destination  NULL\n"));
  EXPECT_THAT(text, HasSubstr("in buffer    NULL\n"));
}

TEST(FormatTest, ListOfOperations_OneLineEachWithItsLastEvent) {
  v1::ListOperationsResponse response;
  *response.add_operations() = EndedOffline();
  EXPECT_THAT(RenderTable(AnswerOf(response, {OperationsTable(response.operations())})),
              HasSubstr("0123456789abcdef0123456789abcdef  Offline  диск 1    "
                        "generic_service  REFUSED  -         Online, 5960"));
}

TEST(FormatTest, StatusOfAnEmptyBroker_NoEmptyTables) {
  v1::GetStatusResponse status;
  status.mutable_choice()->set_component("resource_broker");
  status.mutable_choice()->set_component_version("1.0.0");
  status.set_node("NODE1");
  status.set_process_id(42);
  status.set_uptime_ms(61'500);
  EXPECT_EQ(RenderTable(AnswerOfStatus(status)),
            "resource_broker 1.0.0 on NODE1, process 42, up 1m1s\n"
            "operations: 0 running, 0 queued, 0 ended\n");
}

TEST(FormatTest, StatusWithAModule_ShowsItsStateAndWhy) {
  v1::GetStatusResponse status;
  v1::ModuleStatus* module = status.add_modules();
  module->set_name("mine");
  module->set_version("2.0.0");
  module->set_state(v1::ModuleStatus::BROKEN);
  module->set_restarts(5);
  module->set_message("it exits at once");
  EXPECT_THAT(RenderTable(AnswerOfStatus(status)),
              HasSubstr("mine    2.0.0    BROKEN  -        5         it exits at once\n"));
}

TEST(FormatTest, WatchedEvent_IsOneLine) {
  v1::WatchedEvent watched;
  watched.set_operation_id("0123456789abcdef");
  watched.set_resource("r1");
  watched.set_kind(v1::OFFLINE);
  *watched.mutable_event() = EndedOffline().events(1);
  EXPECT_EQ(FormatWatched(watched),
            "1970-01-01 00:00:01.500  30313233343536373839616263646566  Offline r1  #2 REFUSED (Online, 5960 "
            "ERROR_CLUSTER_RESOURCE_LOCKED_STATUS, OFFLINE_BUSY) locked by\nan administrator");
}

TEST(FormatTest, StepsWereSlow_StatusCountsThemByName) {
  v1::GetStatusResponse status;
  EXPECT_THAT(RenderTable(AnswerOfStatus(status)), ::testing::Not(HasSubstr("slow")));
  (*status.mutable_slow_steps())["module.terminate"] = 2;
  (*status.mutable_slow_steps())["journal.commit"] = 1;
  EXPECT_THAT(RenderTable(AnswerOfStatus(status)), HasSubstr("\nslow steps: journal.commit 1, module.terminate 2\n"));
}

TEST(YamlTest, StringsThatLookLikeSomethingElse_StayStrings) {
  const absl::StatusOr<std::string> yaml =
      YamlOfJson(R"({"a": "true", "b": true, "c": "12", "d": 12, "e": "x: y #z", "f": [], "g": {}, "h": "line\nline",
                     "i": ["plain word", "-"], "j": "\u003cb\u003e", "k": ""})");
  ASSERT_TRUE(yaml.ok()) << yaml.status();
  EXPECT_EQ(*yaml,
            "a: \"true\"\nb: true\nc: \"12\"\nd: 12\ne: \"x: y #z\"\nf:\n  []\ng:\n  {}\nh: \"line\\nline\"\n"
            "i:\n  - plain word\n  - \"-\"\nj: \"<b>\"\nk: \"\"\n");
}

TEST(YamlTest, NotJson_IsAnError) { EXPECT_FALSE(YamlOfJson("{\"a\": [").ok()); }

TEST(JsonTest, ErrorWithQuotesAndControlCharacters_IsStillJson) {
  EXPECT_EQ(JsonError(absl::NotFoundError("\"x\"\n\\")), R"({"code": "NOT_FOUND", "message": "\"x\"\u000a\\"})");
}

}  // namespace
}  // namespace resource_broker::brokerctl
