#include "resource_modules/sdk/resources.h"

#include <utility>

namespace resource_broker::sdk {

void Resources::Put(Resource resource) {
  std::string name = resource.name;
  absl::MutexLock lock(&mutex_);
  by_name_.insert_or_assign(std::move(name), std::move(resource));
}

std::optional<Resource> Resources::Find(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  auto found = by_name_.find(name);
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Resource> Resources::Remove(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  Resource resource = std::move(found->second);
  by_name_.erase(found);
  return resource;
}

}  // namespace resource_broker::sdk
