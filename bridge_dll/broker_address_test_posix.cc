#include <gtest/gtest.h>

#include "bridge_dll/broker_address.h"

namespace resource_broker::bridge {
namespace {

TEST(BrokerAddress, PathsAreTakenWithAndWithoutTheScheme) {
  EXPECT_EQ(*BrokerAddress("unix:/run/x.sock"), "unix:/run/x.sock");
  EXPECT_EQ(*BrokerAddress("/run/x.sock"), "unix:/run/x.sock");
}

TEST(BrokerAddress, AnythingElseIsRefused) {
  EXPECT_FALSE(BrokerAddress("").ok());
  EXPECT_FALSE(BrokerAddress("x.sock").ok());
  EXPECT_FALSE(BrokerAddress("unix:relative").ok());
  EXPECT_FALSE(BrokerAddress("tcp:127.0.0.1:1").ok());
  EXPECT_FALSE(BrokerAddress("/" + std::string(107, 'x')).ok());
}

}  // namespace
}  // namespace resource_broker::bridge
