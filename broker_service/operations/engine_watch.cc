// Those who look on.
#include <utility>

#include "broker_service/operations/operation_engine.h"

namespace resource_broker::broker {

void OperationEngine::TellWatchers(const Operation& operation, const v1::Event& event) {
  for (size_t i = 0; i < watchers_.size();) {
    const Watcher& watcher = watchers_[i];
    std::shared_ptr<OperationWatcher> listener = watcher.watcher.lock();
    if (listener == nullptr) {
      watchers_.erase(watchers_.begin() + static_cast<ptrdiff_t>(i));
      continue;
    }
    ++i;
    if (!watcher.operation_id.empty() && watcher.operation_id != operation.id) continue;
    if (!watcher.resource.empty() && watcher.resource != operation.request->resource()) continue;
    out_.Push([listener = std::move(listener), request = operation.request, event] {
      listener->OnEvent(*request, event, false);
    });
  }
}

absl::Status OperationEngine::Watch(const std::string& operation_id, const std::string& resource, bool from_start,
                                    const std::shared_ptr<OperationWatcher>& watcher) {
  {
    Turn turn(this);
    if (operation_id.empty() || operations_.contains(operation_id)) {
      WatchLive(operation_id, resource, from_start, watcher);
      return absl::OkStatus();
    }
  }
  // It has ended, if it ever was: the journal tells all there is, and no more will come.
  const absl::StatusOr<v1::OperationRecord> record = parts_.journal->Find(operation_id);
  if (!record.ok()) return record.status();
  if (!from_start) return absl::OkStatus();
  for (const v1::Event& event : record->events()) watcher->OnEvent(record->operation(), event, true);
  return absl::OkStatus();
}

void OperationEngine::WatchLive(const std::string& operation_id, const std::string& resource, bool from_start,
                                const std::shared_ptr<OperationWatcher>& watcher) {
  for (const auto& [id, operation] : operations_) {
    if (!from_start || (!operation_id.empty() && operation_id != id)) continue;
    if (!resource.empty() && resource != operation->request->resource()) continue;
    out_.Push([watcher, request = operation->request, events = operation->SavedAfter(0)] {
      for (const v1::Event& event : events) watcher->OnEvent(*request, event, true);
    });
  }
  watchers_.push_back({operation_id, resource, watcher});
}

WatchBegin OperationEngine::BeginWatch(const std::string& operation_id, const std::string& resource,
                                       const std::shared_ptr<OperationWatcher>& watcher) {
  Turn turn(this);
  WatchBegin begin;
  for (const auto& [id, operation] : operations_) {
    begin.under_way.push_back({operation->request, operation->SavedAfter(0)});
  }
  begin.last_end = parts_.journal->LastEnd();
  watchers_.push_back({operation_id, resource, watcher});
  return begin;
}

}  // namespace resource_broker::broker
