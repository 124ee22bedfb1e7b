// The whole transport in a program that links gRPC without TLS.
#include <gtest/gtest.h>

#include "ipc/testing/process.h"
#include "ipc/testing/transport_test_base.h"

namespace resource_broker::ipc::testing {
namespace {

using UnsecureTest = TransportTest;

TEST_F(UnsecureTest, Call_IsAnsweredAndItsCallerKnown) {
  const EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto answer = Call(NewChannel(), "hello");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->payload(), "hello");
  EXPECT_EQ(!answer->caller().empty(), kHandlersSeeCallers);
}

}  // namespace
}  // namespace resource_broker::ipc::testing
