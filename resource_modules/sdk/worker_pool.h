// Threads that may block, up to a number.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace resource_broker::sdk {

// Threads are made when there is work for them, and kept. The destructor waits until all work has been done.
class WorkerPool {
 public:
  // Up to `max_threads` pieces of work run at once, and up to `max_waiting` more wait for a thread.
  WorkerPool(size_t max_threads, size_t max_waiting);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, and nothing happens, when there is no room.
  [[nodiscard]] bool Run(std::function<void()> work);

 private:
  void Work();

  const size_t max_threads_;
  const size_t max_waiting_;
  absl::Mutex mutex_;
  absl::CondVar changed_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::sdk
