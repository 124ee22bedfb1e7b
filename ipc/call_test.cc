// Calls over the transport: what any gRPC transport must carry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ipc/testing/process.h"
#include "ipc/testing/transport_test_base.h"

namespace resource_broker::ipc::testing {
namespace {

using CallTest = TransportTest;

TEST_F(CallTest, UnaryIsAnswered) {
  EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto answer = Call(NewChannel(), "hello");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->payload(), "hello");
}

}  // namespace
}  // namespace resource_broker::ipc::testing
