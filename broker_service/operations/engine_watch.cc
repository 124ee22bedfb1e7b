// Those who look on.
#include <utility>

#include "broker_service/operations/operation_engine.h"

namespace resource_broker::broker {

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
  for (const v1::Event& event : record->events()) watcher->OnEvent(Watched(record->operation(), event), true);
  return absl::OkStatus();
}

void OperationEngine::WatchLive(const std::string& operation_id, const std::string& resource, bool from_start,
                                const std::shared_ptr<OperationWatcher>& watcher) {
  parts_.watchers->Add({operation_id, resource}, watcher,
                       from_start ? UnderWayWithEvents() : std::vector<WatchHistory>());
}

WatchBegin OperationEngine::BeginWatch(const std::string& operation_id, const std::string& resource,
                                       const std::shared_ptr<OperationWatcher>& watcher) {
  Turn turn(this);
  WatchBegin begin;
  begin.under_way = UnderWayWithEvents();
  begin.last_end = parts_.journal->LastEnd();
  parts_.watchers->Add({operation_id, resource}, watcher, {});
  return begin;
}

std::vector<WatchHistory> OperationEngine::UnderWayWithEvents() const {
  std::vector<WatchHistory> under_way;
  under_way.reserve(operations_.size());
  for (const auto& [id, operation] : operations_) {
    under_way.push_back({operation->request, operation->SavedAfter(0)});
  }
  return under_way;
}

}  // namespace resource_broker::broker
