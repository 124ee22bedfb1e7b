// What `brokerctl cluster …` has to show.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "clients/brokerctl/answer.h"
#include "clients/cluster/cluster_api.h"
#include "clients/cluster/registration.h"

namespace resource_broker::brokerctl {

// Failed if there is a problem.
Answer AnswerOfClusterChange(const std::string& cluster, const std::string& type, const cluster::Change& change,
                             const std::string& nothing);

// Asks for everything there is to see of the type. Failed if something has to be mended. `has_file` says whether a file
// is on this machine; null: this machine is not a node of the cluster.
absl::StatusOr<Answer> ClusterStatusAnswer(cluster::ClusterApi& cluster, const std::string& type,
                                           const std::function<bool(const std::string& path)>& has_file);

}  // namespace resource_broker::brokerctl
