#include <gtest/gtest.h>

#include "bridge_dll/broker_address.h"

namespace resource_broker::bridge {
namespace {

TEST(BrokerAddress, NamesAreTakenInAllThreeForms) {
  EXPECT_EQ(*BrokerAddress("my-broker"), "npipe:////./pipe/my-broker");
  EXPECT_EQ(*BrokerAddress(R"(\\.\pipe\my-broker)"), "npipe:////./pipe/my-broker");
  EXPECT_EQ(*BrokerAddress("npipe:////./pipe/my-broker"), "npipe:////./pipe/my-broker");
}

TEST(BrokerAddress, AnythingElseIsRefused) {
  EXPECT_FALSE(BrokerAddress("").ok());
  EXPECT_FALSE(BrokerAddress("npipe:////./pipe/").ok());
  EXPECT_FALSE(BrokerAddress(R"(\\server\pipe\x)").ok());
  EXPECT_FALSE(BrokerAddress("with blank").ok());
  EXPECT_FALSE(BrokerAddress("unix:/run/x").ok());
  EXPECT_FALSE(BrokerAddress(std::string(201, 'x')).ok());
}

}  // namespace
}  // namespace resource_broker::bridge
