// What a thousand connections leave behind: nothing.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>

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
  const Held before = HeldAtRest();
  for (int i = 0; i < 1000; ++i) one();
  ExpectNoGrowth(before);
}

// gRPC 1.51.1 forgets a connection that comes up just when its channel goes away. With a server that waits for it.
TEST_F(GrowthTest, ChannelsDroppedWhileTheyConnect_LeaveNoConnection) {
  if (kChannelsCheckWhenMade) GTEST_SKIP() << "natively gRPC's own connector is used, which does that";
  auto server = std::make_unique<EchoServer>(address());
  ASSERT_TRUE(server->status().ok()) << server->status();
  ASSERT_TRUE(Call(NewChannel(), "").ok());
  const Held before = HeldAtRest();
  for (int i = 0; i < 300; ++i) {
    const auto channel = NewChannel();
    channel->GetState(/*try_to_connect=*/true);
    // Later and later, to meet each moment of connecting.
    std::this_thread::sleep_for(std::chrono::microseconds(i * 10));
  }
  ExpectNoGrowth(before);
  // Nor does the server wait for one.
  EXPECT_LT(server->Stop(std::chrono::seconds(10)), std::chrono::seconds(5));
}

}  // namespace
}  // namespace resource_broker::ipc::testing
