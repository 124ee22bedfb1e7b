// The cluster through the functions of clusapi.dll.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "clients/cluster/clusapi.h"
#include "clients/cluster/cluster_api.h"

namespace resource_broker::cluster {

// As OpenClusterApi, with functions that have been found.
absl::StatusOr<std::unique_ptr<ClusterApi>> OpenThrough(const Clusapi& clusapi, const std::string& cluster);

}  // namespace resource_broker::cluster
