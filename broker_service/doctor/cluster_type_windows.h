// What the cluster of this node knows of the resource type.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace resource_broker::broker {

// The file the cluster loads for resources of type `name`, as it is registered. Unavailable: this node is in no cluster
// that runs; NotFound: the cluster has no such type. Asks clusapi.dll, which is there where the failover clustering
// feature is, and is loaded at run time.
absl::StatusOr<std::string> ResourceTypeLibrary(const std::wstring& name);

}  // namespace resource_broker::broker
