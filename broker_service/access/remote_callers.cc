#include "broker_service/access/remote_callers.h"

#include <utility>

namespace resource_broker::broker {

void RemoteCallers::Add(const std::string& label, RemoteCaller caller) {
  absl::MutexLock lock(&mu_);
  callers_.emplace(label, std::move(caller));
}

void RemoteCallers::Remove(const std::string& label) {
  absl::MutexLock lock(&mu_);
  callers_.erase(label);
}

std::optional<RemoteCaller> RemoteCallers::Find(const std::string& label) const {
  absl::MutexLock lock(&mu_);
  const auto found = callers_.find(label);
  if (found == callers_.end()) return std::nullopt;
  return found->second;
}

size_t RemoteCallers::size() const {
  absl::MutexLock lock(&mu_);
  return callers_.size();
}

std::map<std::string, uint32_t> RemoteCallers::CountByIdentity() const {
  absl::MutexLock lock(&mu_);
  std::map<std::string, uint32_t> counts;
  for (const auto& [label, caller] : callers_) ++counts[caller.identity];
  return counts;
}

}  // namespace resource_broker::broker
