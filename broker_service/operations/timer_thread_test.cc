#include "broker_service/operations/timer_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "absl/synchronization/notification.h"

namespace resource_broker::broker {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

TEST(TimerThreadTest, TasksRunInTheOrderTheyAreDue) {
  TimerThread timers;
  std::vector<int> order;
  absl::Notification all_are_there;
  absl::Notification done;
  timers.After(absl::ZeroDuration(), [&] { all_are_there.WaitForNotification(); });
  timers.After(absl::Seconds(1), [&] {
    order.push_back(3);
    done.Notify();
  });
  timers.After(absl::Milliseconds(500), [&] { order.push_back(2); });
  timers.After(absl::ZeroDuration(), [&] { order.push_back(1); });
  all_are_there.Notify();
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(TimerThreadTest, CancelledTask_DoesNotRun) {
  TimerThread timers;
  std::atomic<bool> ran{false};
  absl::Notification done;
  const Timers::Id id = timers.After(absl::Milliseconds(20), [&] { ran = true; });
  timers.Cancel(id);
  timers.Cancel(id);
  timers.Cancel(0);
  timers.After(absl::Milliseconds(40), [&] { done.Notify(); });
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
  EXPECT_FALSE(ran);
}

TEST(TimerThreadTest, TaskThatSetsAnother_IsNoDeadlock) {
  TimerThread timers;
  absl::Notification done;
  timers.After(absl::ZeroDuration(), [&] { timers.After(absl::ZeroDuration(), [&] { done.Notify(); }); });
  EXPECT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
}

TEST(TimerThreadTest, Destroyed_PendingTasksAreDropped) {
  std::atomic<bool> ran{false};
  {
    TimerThread timers;
    timers.After(absl::Hours(1), [&] { ran = true; });
  }
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace resource_broker::broker
