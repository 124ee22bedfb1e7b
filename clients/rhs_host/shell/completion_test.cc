#include "clients/rhs_host/shell/completion.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace resource_broker::rhs_host {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(CompletionTest, CommandsThenResourcesThenArguments) {
  EXPECT_THAT(Candidates("", {"r1"}), Contains("offline"));
  EXPECT_THAT(Candidates("off", {"r1"}), Contains("offline"));
  EXPECT_THAT(Candidates("offline ", {"r1", "r2"}), ElementsAre("r1", "r2"));
  EXPECT_THAT(Candidates("offline r", {"r1", "r2"}), ElementsAre("r1", "r2"));
  EXPECT_THAT(Candidates("offline r1 ", {"r1"}), Contains("dest="));
  EXPECT_THAT(Candidates("& online r1 fl", {"r1"}), Contains("flags="));
  EXPECT_THAT(Candidates("online r1 ", {"r1"}), Not(Contains("dest=")));
  EXPECT_THAT(Candidates("type-control ", {"r1"}), Contains("code="));
  EXPECT_THAT(Candidates("fly r1 ", {"r1"}), IsEmpty());
}

}  // namespace
}  // namespace resource_broker::rhs_host
