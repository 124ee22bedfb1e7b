#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "ipc/completion_thread_windows.h"

namespace resource_broker::ipc {
namespace {

using std::chrono::milliseconds;

const absl::Duration kPatience = absl::Seconds(10);

TEST(CompletionThreadTest, TasksAndTimers_RunInTheirOrder) {
  std::vector<int> order;
  absl::Notification done;
  CompletionThread& thread = CompletionThread::Get();
  thread.RunAfter(milliseconds(60), [&] {
    order.push_back(4);
    done.Notify();
  });
  thread.RunAfter(milliseconds(30), [&] { order.push_back(3); });
  thread.Run([&] {
    order.push_back(1);
    thread.Run([&] { order.push_back(2); });
  });
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
  EXPECT_THAT(order, ::testing::ElementsAre(1, 2, 3, 4));
}

TEST(CompletionThreadTest, TaskFromOutside_WakesTheThread) {
  // The thread waits without an end as long as nothing is to do, so each of these needs to wake it.
  for (int i = 0; i < 100; ++i) {
    absl::Notification done;
    CompletionThread::Get().Run([&done] { done.Notify(); });
    ASSERT_TRUE(done.WaitForNotificationWithTimeout(kPatience)) << i;
  }
}

TEST(CompletionThreadTest, CancelledTimer_DoesNotRunAndLetsGoOfWhatItHolds) {
  CompletionThread& thread = CompletionThread::Get();
  auto held = std::make_shared<int>(0);
  bool ran = false;
  const auto timer = thread.RunAfter(milliseconds(20), [held, &ran] { ran = true; });
  EXPECT_EQ(held.use_count(), 2);
  EXPECT_TRUE(thread.Cancel(timer));
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(thread.Cancel(timer));
  absl::Notification later;
  const auto last = thread.RunAfter(milliseconds(60), [&later] { later.Notify(); });
  ASSERT_TRUE(later.WaitForNotificationWithTimeout(kPatience));
  EXPECT_FALSE(ran);
  EXPECT_FALSE(thread.Cancel(last));
}

TEST(CompletionThreadTest, PostedOperation_EndsOnTheThread) {
  absl::Notification done;
  DWORD thread_id = 0;
  Operation operation;
  operation.done = [&](DWORD error, DWORD bytes) {
    EXPECT_EQ(error, DWORD{ERROR_SUCCESS});
    EXPECT_EQ(bytes, 0u);
    thread_id = GetCurrentThreadId();
    done.Notify();
  };
  operation.Renew();
  CompletionThread::Get().Post(&operation);
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
  EXPECT_NE(thread_id, GetCurrentThreadId());
}

}  // namespace
}  // namespace resource_broker::ipc
