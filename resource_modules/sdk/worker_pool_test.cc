#include "resource_modules/sdk/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"

namespace resource_broker::sdk {
namespace {

TEST(WorkerPoolTest, AsMuchWorkAsThreads_RunsAtOnce) {
  WorkerPool pool(8, 0);
  // Passed only if all eight are there at the same time.
  auto* barrier = new absl::Barrier(8);
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(pool.Run([barrier] {
      if (barrier->Block()) delete barrier;
    }));
  }
}

TEST(WorkerPoolTest, BeyondTheThreadsAndTheRoomToWait_IsRefused) {
  std::atomic<int> done{0};
  {
    absl::Notification go;
    WorkerPool pool(1, 2);
    absl::Notification begun;
    EXPECT_TRUE(pool.Run([&] {
      begun.Notify();
      go.WaitForNotification();
      ++done;
    }));
    begun.WaitForNotification();
    EXPECT_TRUE(pool.Run([&] { ++done; }));
    EXPECT_TRUE(pool.Run([&] { ++done; }));
    EXPECT_FALSE(pool.Run([&] { ++done; }));
    go.Notify();
  }
  // What was taken has been done before the pool ended.
  EXPECT_EQ(done, 3);
}

}  // namespace
}  // namespace resource_broker::sdk
