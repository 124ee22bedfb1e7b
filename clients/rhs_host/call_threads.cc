#include "clients/rhs_host/call_threads.h"

#include <utility>

namespace resource_broker::rhs_host {

CallLane::CallLane() : thread_([this] { Run(); }) {}

CallLane::~CallLane() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  thread_.join();
}

void CallLane::Add(std::function<void()> call) {
  absl::MutexLock lock(&mutex_);
  calls_.push_back(std::move(call));
}

void CallLane::Run() {
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ending_ || !calls_.empty(); };
  for (;;) {
    std::function<void()> call;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&has_work));
      if (calls_.empty()) return;
      call = std::move(calls_.front());
      calls_.pop_front();
    }
    call();
  }
}

CallThreads::~CallThreads() {
  std::list<Running> left;
  {
    const auto all_done = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      for (const Running& running : running_) {
        if (!running.done) return false;
      }
      return true;
    };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&all_done));
    left.swap(running_);
  }
  for (Running& running : left) running.thread.join();
}

void CallThreads::Start(std::function<void()> call) {
  std::list<Running> done;
  {
    absl::MutexLock lock(&mutex_);
    done = TakeDone();
    running_.emplace_back();
    Running* running = &running_.back();
    running->thread = std::thread([this, running, call = std::move(call)] {
      call();
      absl::MutexLock done_lock(&mutex_);
      running->done = true;
    });
  }
  for (Running& running : done) running.thread.join();
}

std::list<CallThreads::Running> CallThreads::TakeDone() {
  std::list<Running> done;
  for (auto running = running_.begin(); running != running_.end();) {
    const auto next = std::next(running);
    if (running->done) done.splice(done.end(), running_, running);
    running = next;
  }
  return done;
}

}  // namespace resource_broker::rhs_host
