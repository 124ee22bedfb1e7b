#include "clients/cluster/cluster_api.h"

namespace resource_broker::cluster {

absl::StatusOr<std::unique_ptr<ClusterApi>> OpenClusterApi(const std::string& cluster, const std::string& clusapi) {
  return absl::UnimplementedError(
      "this needs Windows: a cluster is reached through Windows' clusapi.dll. Run brokerctl.exe on a node, or with "
      "--cluster NAME on a Windows machine that has the Failover Clustering tools");
}

}  // namespace resource_broker::cluster
