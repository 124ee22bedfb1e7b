#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "ipc/testing/process.h"

namespace resource_broker::ipc::testing {

void ExpectNoGrowth(const Held& before) {
  constexpr int kHandles = 12;
  constexpr int kThreads = 6;
  // Connections end a moment after their clients; nothing tells when the last one has.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  Held now = HeldNow();
  while ((now.handles > before.handles + kHandles || now.threads > before.threads + kThreads) &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    now = HeldNow();
  }
  EXPECT_GT(before.handles, 0);
  EXPECT_GT(before.threads, 0);
  EXPECT_LE(now.handles, before.handles + kHandles);
  EXPECT_LE(now.threads, before.threads + kThreads);
}

}  // namespace resource_broker::ipc::testing
