#include "broker_service/operations/throttles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resource_broker::broker {
namespace {

Place At(const std::string& module, const std::string& destination = "") {
  v1::OperationRequest operation;
  operation.set_module(module);
  if (!destination.empty()) operation.set_destination_node(destination);
  return Place(operation);
}

TEST(ThrottlesTest, FirstLimitReached_IsTheOneThatBlocks) {
  Throttles throttles({3, 2, 1});
  throttles.Take(At("a", "NODE2"));
  EXPECT_EQ(throttles.Blocks(At("a", "node2"))->status_flag, 0x4U);
  EXPECT_FALSE(throttles.Blocks(At("a", "node3")).has_value());
  throttles.Take(At("a"));
  EXPECT_EQ(throttles.Blocks(At("a", "node3"))->status_flag, 0x2U);
  EXPECT_THAT(throttles.Blocks(At("a"))->message, ::testing::HasSubstr("all 2 places of its module"));
  EXPECT_FALSE(throttles.Blocks(At("b")).has_value());
  throttles.Take(At("b"));
  EXPECT_THAT(throttles.Blocks(At("c"))->message, ::testing::HasSubstr("all 3 places"));
  throttles.Release(At("b"));
  EXPECT_FALSE(throttles.Blocks(At("c")).has_value());
}

TEST(ThrottlesTest, PlaceGivenBack_TheOneWhoWaitsLongestThereIsNext) {
  Throttles throttles({10, 1, 10});
  throttles.Take(At("a"));
  throttles.Take(At("b"));
  throttles.Wait(throttles.Blocks(At("a"))->line, "r1");
  throttles.Wait(throttles.Blocks(At("a"))->line, "r2");
  throttles.Release(At("b"));
  EXPECT_FALSE(throttles.TakeWaiter(At("b")).has_value());
  EXPECT_FALSE(throttles.TakeWaiter(At("a")).has_value());
  throttles.Release(At("a"));
  const auto next = throttles.TakeWaiter(At("a"));
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->resource, "r1");
  throttles.Take(At("a"));
  EXPECT_FALSE(throttles.TakeWaiter(At("a")).has_value());
}

}  // namespace
}  // namespace resource_broker::broker
