// The real clock and timers: one thread for all of them.
#pragma once

#include <functional>
#include <map>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/operations/clock.h"

namespace resource_broker::broker {

class SystemClock : public Clock {
 public:
  absl::Duration Monotonic() const override;
  int64_t WallMicros() const override;
};

// Tasks run one after another on one thread, which sleeps until the next is due. Destruction drops those that have not
// begun and waits for the one that runs.
class TimerThread : public Timers {
 public:
  TimerThread();
  ~TimerThread() override;

  Id After(absl::Duration delay, std::function<void()> task) override;
  void Cancel(Id id) override;

 private:
  // Ordered by due time; the id makes the key unique and keeps tasks of one moment in order.
  using Key = std::pair<absl::Duration, Id>;

  void Run();

  SystemClock clock_;
  absl::Mutex mu_;
  absl::CondVar changed_;
  std::map<Key, std::function<void()>> tasks_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<Id, absl::Duration> due_ ABSL_GUARDED_BY(mu_);
  Id last_id_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace resource_broker::broker
