// What a thousand connections leave behind: nothing.
#include <gtest/gtest.h>

#include "ipc/testing/process.h"
#include "ipc/testing/transport_test_base.h"

namespace resource_broker::ipc::testing {
namespace {

using GrowthTest = TransportTest;

TEST_F(GrowthTest, ThousandConnections_LeaveNeitherHandlesNorThreads) {
  const EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto one = [this] { ASSERT_TRUE(Call(NewChannel(), "").ok()); };
  // gRPC starts its threads as it needs them.
  for (int i = 0; i < 50; ++i) one();
  const Held before = HeldNow();
  for (int i = 0; i < 1000; ++i) one();
  ExpectNoGrowth(before);
}

}  // namespace
}  // namespace resource_broker::ipc::testing
