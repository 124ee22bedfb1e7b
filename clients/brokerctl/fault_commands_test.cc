#include "clients/brokerctl/fault_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/brokerctl/output.h"

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
  EXPECT_EQ(RenderTable(AnswerOfFaultPoints(TwoPoints())),
            "POINT                    HITS  ARMED         HOLDING  ACTIONS             WHERE\n"
            "journal.commit.accepted  3     CRASH_BEFORE  yes      crash_before,error  A commit.\n"
            "module.stop              0     -             -\n");
}

TEST(FaultCommandsTest, ListAsJson_HasEveryField) {
  const std::string json = Render({{"", AnswerOfFaultPoints(TwoPoints())}}, {Form::kJson});
  EXPECT_THAT(json, HasSubstr("\"hits\": \"3\""));
  EXPECT_THAT(json, HasSubstr("\"armed\": \"CRASH_BEFORE\""));
  EXPECT_THAT(json, HasSubstr("\"holding\": true"));
  EXPECT_THAT(json, HasSubstr("\"hits\": \"0\""));
  EXPECT_THAT(json, HasSubstr("\"holding\": false"));
}

}  // namespace
}  // namespace resource_broker::brokerctl
