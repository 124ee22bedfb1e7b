#include "bridge_dll/resource_types.h"

namespace resource_broker::bridge {

void ResourceTypes::Add(const std::string& type, const HostCallbacks& host) {
  absl::MutexLock lock(&mutex_);
  types_[type] = host;
  last_ = type;
}

ResourceTypes::Type ResourceTypes::Find(const std::string& type) const {
  absl::MutexLock lock(&mutex_);
  auto found = types_.find(type);
  if (found == types_.end()) found = types_.find(last_);
  return found == types_.end() ? Type{type, HostCallbacks()} : Type{found->first, found->second};
}

}  // namespace resource_broker::bridge
