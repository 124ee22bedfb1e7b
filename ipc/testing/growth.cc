#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "ipc/testing/process.h"

namespace resource_broker::ipc::testing {

namespace {

// Nothing tells when the last connection of others has ended.
constexpr std::chrono::milliseconds kPause{50};

}  // namespace

Held HeldAtRest() {
  constexpr int kSteady = 10;
  constexpr int kMostPauses = 200;
  Held last = HeldNow();
  for (int same = 0, i = 0; same < kSteady && i < kMostPauses; ++i) {
    std::this_thread::sleep_for(kPause);
    const Held now = HeldNow();
    same = now.handles == last.handles && now.threads == last.threads ? same + 1 : 0;
    last = now;
  }
  return last;
}

void ExpectNoGrowth(const Held& before) {
  constexpr int kHandles = 8;
  constexpr int kThreads = 6;
  const Held now = HeldAtRest();
  std::cout << "held before: " << before.handles << " handles, " << before.threads << " threads; after: " << now.handles
            << ", " << now.threads << "\n";
  EXPECT_GT(before.handles, 0);
  EXPECT_GT(before.threads, 0);
  EXPECT_LE(now.handles, before.handles + kHandles);
  EXPECT_LE(now.threads, before.threads + kThreads);
}

}  // namespace resource_broker::ipc::testing
