#include "resource_modules/sdk/worker_pool.h"

#include <system_error>
#include <utility>

namespace resource_broker::sdk {

WorkerPool::WorkerPool(size_t max_threads, size_t max_waiting) : max_threads_(max_threads), max_waiting_(max_waiting) {}

WorkerPool::~WorkerPool() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
    changed_.SignalAll();
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

bool WorkerPool::Run(std::function<void()> work) {
  absl::MutexLock lock(&mutex_);
  // Work that an idle thread is about to take is not waiting.
  bool needs_thread = waiting_.size() >= idle_;
  if (needs_thread && threads_.size() == max_threads_ && waiting_.size() - idle_ >= max_waiting_) return false;
  waiting_.push_back(std::move(work));
  if (needs_thread && threads_.size() < max_threads_) {
    try {
      threads_.emplace_back([this] { Work(); });
      return true;
    } catch (const std::system_error&) {
      // The system gives no more threads. Those there are do it, if there are any.
      if (threads_.empty()) {
        waiting_.pop_back();
        return false;
      }
    }
  }
  changed_.Signal();
  return true;
}

void WorkerPool::Work() {
  absl::MutexLock lock(&mutex_);
  while (true) {
    ++idle_;
    while (waiting_.empty() && !ending_) changed_.Wait(&mutex_);
    --idle_;
    if (waiting_.empty()) return;
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    mutex_.Unlock();
    work();
    work = nullptr;  // what it holds is let go before this thread counts as idle
    mutex_.Lock();
  }
}

}  // namespace resource_broker::sdk
