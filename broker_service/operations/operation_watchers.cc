#include "broker_service/operations/operation_watchers.h"

#include <algorithm>
#include <utility>

namespace resource_broker::broker {
namespace {

bool Wants(const WatchFilter& filter, const std::string& operation_id, const std::string& resource) {
  return (filter.operation_id.empty() || filter.operation_id == operation_id) &&
         (filter.resource.empty() || filter.resource == resource);
}

}  // namespace

std::shared_ptr<const v1::WatchedEvent> Watched(const v1::OperationRequest& operation, const v1::Event& event) {
  auto watched = std::make_shared<v1::WatchedEvent>();
  watched->set_operation_id(operation.id());
  watched->set_resource(operation.resource());
  watched->set_kind(operation.kind());
  *watched->mutable_event() = event;
  return watched;
}

OperationWatchers::OperationWatchers(size_t max_behind) : max_behind_(max_behind), thread_([this] { Run(); }) {}

OperationWatchers::~OperationWatchers() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    changed_.Signal();
  }
  thread_.join();
}

void OperationWatchers::Add(WatchFilter filter, const std::shared_ptr<OperationWatcher>& watcher,
                            std::vector<WatchHistory> history) {
  absl::MutexLock lock(&mu_);
  ++watching_;
  Push([this, filter = std::move(filter), watcher, history = std::move(history)] {
    for (const WatchHistory& past : history) {
      if (!Wants(filter, past.operation->id(), past.operation->resource())) continue;
      for (const v1::Event& event : past.events) watcher->OnEvent(Watched(*past.operation, event), true);
    }
    watchers_.push_back({filter, watcher});
  });
}

void OperationWatchers::Tell(const v1::OperationRequest& operation, const v1::Event& event) {
  absl::MutexLock lock(&mu_);
  if (watching_ == 0 || overrun_) return;
  if (tasks_.size() >= max_behind_) {
    overrun_ = true;
    return;
  }
  Push([this, event = Watched(operation, event)] { TellAll(event); });
}

void OperationWatchers::Push(std::function<void()> task) {
  tasks_.push_back(std::move(task));
  changed_.Signal();
}

void OperationWatchers::TellAll(const std::shared_ptr<const v1::WatchedEvent>& event) {
  bool gone = false;
  for (const Watcher& watcher : watchers_) {
    const std::shared_ptr<OperationWatcher> listener = watcher.watcher.lock();
    if (listener == nullptr) {
      gone = true;
    } else if (Wants(watcher.filter, event->operation_id(), event->resource())) {
      listener->OnEvent(event, false);
    }
  }
  if (!gone) return;
  const size_t before = watchers_.size();
  watchers_.erase(std::remove_if(watchers_.begin(), watchers_.end(),
                                 [](const Watcher& watcher) { return watcher.watcher.expired(); }),
                  watchers_.end());
  Forgot(before - watchers_.size());
}

void OperationWatchers::LoseAll() {
  for (const Watcher& watcher : watchers_) {
    if (const std::shared_ptr<OperationWatcher> listener = watcher.watcher.lock()) listener->OnLost();
  }
  Forgot(watchers_.size());
  watchers_.clear();
}

void OperationWatchers::Forgot(size_t count) {
  absl::MutexLock lock(&mu_);
  watching_ -= count;
}

void OperationWatchers::Run() {
  mu_.Lock();
  while (!stopping_) {
    if (!tasks_.empty()) {
      std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      mu_.Unlock();
      task();
      task = nullptr;
      mu_.Lock();
    } else if (overrun_) {
      // All that were added while events were dropped have been added by now; whoever comes from here on misses
      // nothing.
      overrun_ = false;
      mu_.Unlock();
      LoseAll();
      mu_.Lock();
    } else {
      changed_.Wait(&mu_);
    }
  }
  mu_.Unlock();
}

}  // namespace resource_broker::broker
