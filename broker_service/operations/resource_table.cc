#include "broker_service/operations/resource_table.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "broker_service/operations/operation.h"

namespace resource_broker::broker {

v1::ResourceState Resource::StateNow() const {
  if (line.empty() || line.front()->phase == Operation::Phase::kWaiting) return state;
  return line.front()->request->kind() == v1::OFFLINE ? v1::RESOURCE_OFFLINE_PENDING : v1::RESOURCE_ONLINE_PENDING;
}

absl::StatusOr<Resource*> ResourceTable::Open(const std::string& resource) {
  Resource* found = Find(resource);
  if (found != nullptr && found->open) return found;
  if (open_ >= limit_) {
    return absl::ResourceExhaustedError(absl::StrCat("limits.max_resources: ", limit_, " resources are open"));
  }
  if (found == nullptr) found = &entries_[resource];
  found->open = true;
  ++open_;
  return found;
}

void ResourceTable::MarkClosed(Resource* resource) {
  if (!resource->open) return;
  resource->open = false;
  resource->listener = nullptr;
  --open_;
  closed_.push_back(resource->spec.resource);
  while (closed_.size() > limit_) {
    const auto oldest = entries_.find(closed_.front());
    closed_.pop_front();
    if (oldest == entries_.end() || oldest->second.open) continue;
    if (!oldest->second.Idle()) {
      // Its turn to be forgotten comes with the next round.
      closed_.push_back(oldest->first);
      break;
    }
    entries_.erase(oldest);
  }
}

Resource* ResourceTable::Find(const std::string& resource) {
  const auto found = entries_.find(resource);
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace resource_broker::broker
