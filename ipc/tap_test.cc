// A connection that is counted and cut.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>

#include "ipc/testing/transport_test_base.h"

namespace resource_broker::ipc::testing {
namespace {

constexpr size_t kEverything = std::numeric_limits<size_t>::max();

class TapTest : public TransportTest {
 protected:
  ListenOptions Tapped() {
    ListenOptions options;
    options.tap = [this](size_t bytes) {
      seen_ += bytes;
      const size_t left = left_;
      if (bytes <= left) return bytes;
      left_ = kEverything;
      return left;
    };
    return options;
  }

  // The channel may not have noticed yet that its connection is gone: a call put on that one fails, the next does not.
  static bool ServedAgain(const std::shared_ptr<grpc::Channel>& channel) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (Call(channel, "after").ok()) return true;
    }
    return false;
  }

  std::atomic<size_t> seen_{0};
  std::atomic<size_t> left_{kEverything};
};

TEST_F(TapTest, AllIsPassed_CallsGoThroughAndAreCounted) {
  const EchoServer server(address(), Tapped());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto channel = NewChannel();
  const std::string payload(2 << 20, 'x');
  const auto answer = Call(channel, payload);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->payload(), payload);
  EXPECT_GE(seen_, payload.size());
}

TEST_F(TapTest, FewerBytesArePassed_TheConnectionIsCutAndTheNextOneServes) {
  const EchoServer server(address(), Tapped());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto channel = NewChannel();
  for (const size_t left : {0, 1, 20, 500}) {
    ASSERT_TRUE(Call(channel, "before").ok());
    left_ = left;
    const auto cut = Call(channel, std::string(4096, 'x'), kPatience, /*wait_for_ready=*/false);
    EXPECT_TRUE(absl::IsUnavailable(cut.status())) << cut.status();
    EXPECT_EQ(left_, kEverything);
    EXPECT_TRUE(ServedAgain(channel));
  }
}

}  // namespace
}  // namespace resource_broker::ipc::testing
