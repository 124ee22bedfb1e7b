#include "bridge_dll/resource_types.h"

#include <gtest/gtest.h>

namespace resource_broker::bridge {
namespace {

TEST(ResourceTypes, OurNamesAreKnownWhateverTheirCase) {
  EXPECT_TRUE(IsOurType("Resource Broker"));
  EXPECT_TRUE(IsOurType("RESOURCE BROKER"));
  EXPECT_TRUE(IsOurType("resource broker SQL"));
  EXPECT_FALSE(IsOurType("Resource Brokers"));
  EXPECT_FALSE(IsOurType("My Resource Broker"));
  EXPECT_FALSE(IsOurType(""));
}

TEST(ResourceTypes, UnknownName_IsTakenForTheTypeStartedLast) {
  ResourceTypes types;
  EXPECT_EQ(types.Find("x").name, "x");
  types.Add("Resource Broker", HostCallbacks());
  types.Add("Resource Broker B", HostCallbacks());
  EXPECT_EQ(types.Find("").name, "Resource Broker B");
  EXPECT_EQ(types.Find("RESOURCE BROKER").name, "Resource Broker");
}

}  // namespace
}  // namespace resource_broker::bridge
