// The threads on which a host calls a resource DLL.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace resource_broker::rhs_host {

// One thread that runs calls one after the other in the order they were added: RHS serialises a resource's entry
// points, all but Terminate and Cancel. Its end runs what is still queued.
class CallLane {
 public:
  CallLane();
  ~CallLane();
  CallLane(const CallLane&) = delete;
  CallLane& operator=(const CallLane&) = delete;

  // The queue is as long as the script that fills it. Any thread.
  void Add(std::function<void()> call);

 private:
  void Run();

  absl::Mutex mutex_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> calls_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

// A thread for each call: for Terminate and Cancel, which overtake and overlap everything. Its end waits for all.
class CallThreads {
 public:
  CallThreads() = default;
  ~CallThreads();
  CallThreads(const CallThreads&) = delete;
  CallThreads& operator=(const CallThreads&) = delete;

  // Starts `call` at once. Any thread.
  void Start(std::function<void()> call);

 private:
  struct Running {
    std::thread thread;
    bool done = false;
  };
  // Takes out those that are done, to be joined without the lock.
  std::list<Running> TakeDone() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::list<Running> running_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::rhs_host
