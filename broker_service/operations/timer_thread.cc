#include "broker_service/operations/timer_thread.h"

#include <algorithm>

#include "broker_service/steady_time.h"

namespace resource_broker::broker {

absl::Duration SystemClock::Monotonic() const { return SteadyTime(); }

int64_t SystemClock::WallMicros() const { return absl::ToUnixMicros(absl::Now()); }

TimerThread::TimerThread() : thread_([this] { Run(); }) {}

TimerThread::~TimerThread() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    changed_.Signal();
  }
  thread_.join();
}

Timers::Id TimerThread::After(absl::Duration delay, std::function<void()> task) {
  const absl::Duration due = clock_.Monotonic() + std::max(delay, absl::ZeroDuration());
  absl::MutexLock lock(&mu_);
  const Id id = ++last_id_;
  const auto inserted = tasks_.emplace(Key(due, id), std::move(task)).first;
  due_.emplace(id, due);
  // Only a new first task changes how long the thread sleeps.
  if (inserted == tasks_.begin()) changed_.Signal();
  return id;
}

void TimerThread::Cancel(Id id) {
  std::function<void()> dropped;  // destroyed without the lock: its captures may be anything
  absl::MutexLock lock(&mu_);
  const auto found = due_.find(id);
  if (found == due_.end()) return;
  const auto task = tasks_.find(Key(found->second, id));
  dropped = std::move(task->second);
  tasks_.erase(task);
  due_.erase(found);
}

void TimerThread::Run() {
  mu_.Lock();
  while (!stopping_) {
    if (tasks_.empty()) {
      changed_.Wait(&mu_);
      continue;
    }
    const auto first = tasks_.begin();
    const absl::Duration wait = first->first.first - clock_.Monotonic();
    if (wait > absl::ZeroDuration()) {
      changed_.WaitWithTimeout(&mu_, wait);
      continue;
    }
    std::function<void()> task = std::move(first->second);
    due_.erase(first->first.second);
    tasks_.erase(first);
    mu_.Unlock();
    task();
    task = nullptr;
    mu_.Lock();
  }
  mu_.Unlock();
}

}  // namespace resource_broker::broker
