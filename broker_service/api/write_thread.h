// A thread for writes that may wait.
#pragma once

#include <deque>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace resource_broker::broker {

// One thread of low priority that writes to all administrators, one after another. A write to a stream of gRPC costs
// some ten microseconds: with hundreds of them gRPC's own threads would be at it while bridges wait. Thread-safe.
// Destruction does what is still to be done; its streams have ended before it.
class WriteThread {
 public:
  WriteThread();
  ~WriteThread();

  // A stream has at most one at a time, so there are no more than streams.
  void Post(std::function<void()> write);

 private:
  void Run();

  absl::Mutex mu_;
  absl::CondVar changed_;
  std::deque<std::function<void()>> writes_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace resource_broker::broker
