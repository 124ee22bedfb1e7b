// Those who look on, told by a thread of their own: however many they are, no operation waits for them.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "resource_broker/v1/admin.pb.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::broker {

// Somebody who looks on: every event of the operations it chose, one call after another. It must not block.
class OperationWatcher {
 public:
  virtual ~OperationWatcher() = default;
  // `history`: it had happened before the watcher came.
  virtual void OnEvent(const std::shared_ptr<const v1::WatchedEvent>& event, bool history) = 0;
  // More happened than could be told: this one will hear no more.
  virtual void OnLost() = 0;
};

// An event as a watcher is told of it.
std::shared_ptr<const v1::WatchedEvent> Watched(const v1::OperationRequest& operation, const v1::Event& event);

// What a watcher wants to hear of.
struct WatchFilter {
  // Empty: all.
  std::string operation_id;
  std::string resource;
};

// An operation with events that had happened before a watcher came.
struct WatchHistory {
  std::shared_ptr<const v1::OperationRequest> operation;
  std::vector<v1::Event> events;
};

// Calls take effect in their order, a little later. Thread-safe; no call blocks or takes a lock for long. Destruction
// waits for the watcher that is being told, and tells no more.
class OperationWatchers {
 public:
  // `max_behind`: events that may wait to be told. Where more happens, all who watch are lost rather than the memory.
  explicit OperationWatchers(size_t max_behind);
  ~OperationWatchers();

  // `watcher` hears its `history`, and then what is told after this. It is forgotten when its last owner lets go of it.
  void Add(WatchFilter filter, const std::shared_ptr<OperationWatcher>& watcher, std::vector<WatchHistory> history);

  void Tell(const v1::OperationRequest& operation, const v1::Event& event);

 private:
  struct Watcher {
    WatchFilter filter;
    std::weak_ptr<OperationWatcher> watcher;
  };

  void Push(std::function<void()> task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Run();
  // Of the thread.
  void TellAll(const std::shared_ptr<const v1::WatchedEvent>& event);
  void LoseAll();
  void Forgot(size_t count);

  const size_t max_behind_;
  // Of the thread alone.
  std::vector<Watcher> watchers_;

  absl::Mutex mu_;
  absl::CondVar changed_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mu_);
  bool overrun_ ABSL_GUARDED_BY(mu_) = false;
  // None: nothing is kept to be told.
  size_t watching_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace resource_broker::broker
