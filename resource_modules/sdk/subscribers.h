// Functions to be called when something changes.
#pragma once

#include <functional>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace resource_broker::sdk {

// Thread-safe. The functions are called with no lock held, so a call may still be under way, or begin, right after
// Remove: a function must own what it touches.
class Subscribers {
 public:
  int Add(std::function<void()> function);
  void Remove(int id);
  void CallAll() const;

 private:
  mutable absl::Mutex mutex_;
  int last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<int, std::function<void()>> functions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::sdk
