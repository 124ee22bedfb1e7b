// The bridge's one thread: it makes all callbacks into the host and keeps all its timers.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "bridge_dll/steady_time.h"

namespace resource_broker::bridge {

// Something that has things to do at times.
class Scheduled {
 public:
  virtual ~Scheduled() = default;

  // Does what is due and says when it wants to be called again: kNever until somebody wakes it. Called on the
  // reporter's thread only, with no lock held.
  virtual SteadyTime Run(SteadyTime now) = 0;
};

// Any thread. Its memory is bounded by the number of things that are scheduled.
class Reporter {
 public:
  // The process's. Started at the first call, never stopped: its thread may be inside the host when the process ends.
  static Reporter& Get();

  // `what` runs at `at` or earlier (kNever: no change); it is kept alive until then.
  void Wake(std::shared_ptr<Scheduled> what, SteadyTime at = SteadyTime());

  // Whether the caller is the reporter's own thread, inside a callback.
  bool OnThread() const;

 private:
  Reporter() = default;

  // Waits until something is due.
  std::vector<std::shared_ptr<Scheduled>> TakeDue();
  void RunDue();

  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  std::map<std::shared_ptr<Scheduled>, SteadyTime> due_ ABSL_GUARDED_BY(mutex_);
  SteadyTime sleeps_until_ ABSL_GUARDED_BY(mutex_) = kNever;
};

}  // namespace resource_broker::bridge
