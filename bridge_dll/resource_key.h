// A resource's key in the cluster database: its private properties, and the two common ones the bridge needs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bridge_dll/cluster_registry.h"
#include "bridge_dll/properties.h"

namespace resource_broker::bridge {

// PendingTimeout where the key has none: the cluster's own default.
inline constexpr std::chrono::milliseconds kDefaultPendingTimeout{180000};

// Opened in OpenV2 and kept until Close, with a handle of its own to `Parameters`: nothing says how long the handle
// that RHS passes stays good. Everything read is bounded; what does not fit is left out and complained about. Not for
// use by two threads at once.
class ResourceKey {
 public:
  // `registry` may be null, `key` NULL: then there are no properties. `registry` must outlive this.
  ResourceKey(const ClusterRegistry* registry, resapi::HKEY key);
  ~ResourceKey();
  ResourceKey(const ResourceKey&) = delete;
  ResourceKey& operator=(const ResourceKey&) = delete;

  // The longest time between two reports of a pending operation, as it was when the key was opened.
  std::chrono::milliseconds pending_timeout() const { return pending_timeout_; }

  // The resource type's name; empty if the key does not tell.
  const std::string& type() const { return type_; }

  // All private properties as they are now. Each complaint names one that was left out and why.
  Properties ReadProperties(std::vector<std::string>* complaints) const;

 private:
  const ClusterRegistry* const registry_;
  resapi::HKEY parameters_ = nullptr;
  std::chrono::milliseconds pending_timeout_ = kDefaultPendingTimeout;
  std::string type_;
};

}  // namespace resource_broker::bridge
