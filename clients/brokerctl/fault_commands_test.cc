#include "clients/brokerctl/fault_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resource_broker::brokerctl {
namespace {

using ::testing::HasSubstr;

v1::ListFaultPointsResponse TwoPoints() {
  v1::ListFaultPointsResponse response;
  v1::FaultPoint* point = response.add_points();
  point->set_point("journal.commit.accepted");
  point->set_description("A commit.");
  point->add_actions("CRASH_BEFORE");
  point->add_actions("ERROR");
  point->set_hits(3);
  point->set_armed("CRASH_BEFORE");
  point->set_holding(true);
  response.add_points()->set_point("module.stop");
  return response;
}

TEST(FaultCommandsTest, List_IsATable) {
  EXPECT_EQ(FormatFaultPoints(TwoPoints(), /*json=*/false),
            "POINT                    HITS  ARMED         HOLDING  ACTIONS             WHERE\n"
            "journal.commit.accepted  3     CRASH_BEFORE  yes      crash_before,error  A commit.\n"
            "module.stop              0     -             -\n");
}

TEST(FaultCommandsTest, ListAsJson_HasEveryField) {
  const std::string json = FormatFaultPoints(TwoPoints(), /*json=*/true);
  EXPECT_THAT(json, HasSubstr("\"hits\": \"3\""));
  EXPECT_THAT(json, HasSubstr("\"armed\": \"CRASH_BEFORE\""));
  EXPECT_THAT(json, HasSubstr("\"holding\": true"));
  EXPECT_THAT(json, HasSubstr("\"hits\": \"0\""));
  EXPECT_THAT(json, HasSubstr("\"holding\": false"));
}

TEST(FaultCommandsTest, NoSubcommand_IsAnError) {
  CLI::App app;
  FaultCommand chosen;
  AddFaultCommands(&app, &chosen);
  EXPECT_THROW(app.parse("fault"), CLI::ParseError);
  EXPECT_THROW(app.parse("fault arm crash_before"), CLI::ParseError);
  EXPECT_FALSE(chosen);
}

TEST(FaultCommandsTest, Arm_IsChosen) {
  CLI::App app;
  FaultCommand chosen;
  AddFaultCommands(&app, &chosen);
  app.parse("fault arm delay-before module.stop --ms 5 --after 2");
  EXPECT_TRUE(chosen);
}

}  // namespace
}  // namespace resource_broker::brokerctl
