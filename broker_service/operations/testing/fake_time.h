// A clock and timers that move when the test says so.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/operations/clock.h"

namespace resource_broker::broker::testing {

class FakeTime : public Clock, public Timers {
 public:
  absl::Duration Monotonic() const override {
    absl::MutexLock lock(&mu_);
    return now_;
  }
  int64_t WallMicros() const override { return 1'700'000'000'000'000 + absl::ToInt64Microseconds(Monotonic()); }

  Id After(absl::Duration delay, std::function<void()> task) override {
    absl::MutexLock lock(&mu_);
    tasks_.emplace(std::make_pair(now_ + delay, ++last_id_), std::move(task));
    return last_id_;
  }
  void Cancel(Id id) override {
    absl::MutexLock lock(&mu_);
    for (auto task = tasks_.begin(); task != tasks_.end(); ++task) {
      if (task->first.second != id) continue;
      tasks_.erase(task);
      return;
    }
  }

  // Runs what becomes due, each at its own moment.
  void Advance(absl::Duration by) {
    const absl::Duration end = Monotonic() + by;
    while (true) {
      std::function<void()> task;
      {
        absl::MutexLock lock(&mu_);
        if (tasks_.empty() || tasks_.begin()->first.first > end) break;
        now_ = std::max(now_, tasks_.begin()->first.first);
        task = std::move(tasks_.begin()->second);
        tasks_.erase(tasks_.begin());
      }
      task();
    }
    absl::MutexLock lock(&mu_);
    now_ = end;
  }

  size_t timers() const {
    absl::MutexLock lock(&mu_);
    return tasks_.size();
  }

 private:
  mutable absl::Mutex mu_;
  absl::Duration now_ ABSL_GUARDED_BY(mu_) = absl::Seconds(1000);
  Id last_id_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::pair<absl::Duration, Id>, std::function<void()>> tasks_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker::testing
