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
  resource->closed_as = ++closings_;
  closed_.push_back({resource->spec.resource, resource->closed_as});
  // Each at most once a call: what can't be forgotten now goes to the end.
  for (size_t left = closed_.size(); left > 0 && closed_.size() > limit_; --left) {
    Closed oldest = std::move(closed_.front());
    closed_.pop_front();
    const auto found = entries_.find(oldest.resource);
    if (found == entries_.end() || found->second.open || found->second.closed_as != oldest.closed_as) continue;
    if (!found->second.Idle() || !found->second.unsaved_ends.empty() || found->second.admin_locked ||
        found->second.admin_lock_writes > 0) {
      closed_.push_back(std::move(oldest));
      continue;
    }
    on_forgotten_(found->first);
    entries_.erase(found);
  }
}

Resource* ResourceTable::Find(const std::string& resource) {
  const auto found = entries_.find(resource);
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace resource_broker::broker
