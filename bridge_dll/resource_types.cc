#include "bridge_dll/resource_types.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace resource_broker::bridge {

bool IsOurType(absl::string_view type) {
  constexpr char kName[] = "Resource Broker";
  return absl::EqualsIgnoreCase(type, kName) || absl::StartsWithIgnoreCase(type, absl::StrCat(kName, " "));
}

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
