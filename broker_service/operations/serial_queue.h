// Calls out of a locked object, in order and without its lock.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace resource_broker::broker {

// What an object decides under its lock must often be told to others: in the order decided, and without the lock. Push
// while holding it, Run after releasing it. Tasks run one at a time, in order of Push, on the threads that call Run;
// one that finds another thread at it leaves its tasks to that one. So tasks must not block. A task may Push and Run.
class SerialQueue {
 public:
  void Push(std::function<void()> task) {
    absl::MutexLock lock(&mu_);
    tasks_.push_back(std::move(task));
  }

  void Run() {
    absl::MutexLock lock(&mu_);
    if (running_) return;
    running_ = true;
    while (!tasks_.empty()) {
      std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      mu_.Unlock();
      task();
      task = nullptr;
      mu_.Lock();
    }
    running_ = false;
  }

 private:
  absl::Mutex mu_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mu_);
  bool running_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace resource_broker::broker
