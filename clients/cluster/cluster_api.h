// A failover cluster, as far as the registration of a resource type goes.
//
// Errors are in words for an administrator, with the Win32 code and what to do (cluster_error.h): PermissionDenied,
// Unavailable where no cluster service answers, NotFound, FailedPrecondition, Internal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cluster/type_properties.h"

namespace resource_broker::cluster {

struct ClusterNode {
  std::string name;
  // CLUSTER_NODE_STATE: 0 up, 1 down, 2 paused, 3 joining, -1 not known.
  int32_t state = -1;
};

struct ResourceType {
  // As the cluster spells it; names are compared without regard to case.
  std::string name;
  std::string display_name;
  // As it was registered.
  std::string dll;
  // Those that the cluster has for it.
  TypeNumbers numbers;
};

struct ClusterResource {
  std::string name;
  // CLUSTER_RESOURCE_STATE (names::StateName); -1 not known.
  int32_t state = -1;
  // Where it is, or was last.
  std::string node;
  std::string group;
};

// One connection. Not thread-safe; the calls block for as long as clusapi.dll does.
class ClusterApi {
 public:
  virtual ~ClusterApi() = default;

  virtual absl::StatusOr<std::string> Name() = 0;
  virtual absl::StatusOr<std::vector<ClusterNode>> Nodes() = 0;

  // nullopt if there is no type of that name.
  virtual absl::StatusOr<std::optional<ResourceType>> FindType(const std::string& type) = 0;
  virtual absl::StatusOr<std::vector<ClusterResource>> ResourcesOf(const std::string& type) = 0;
  // The nodes that can host resources of the type: those that have its DLL, as the cluster sees it.
  virtual absl::StatusOr<std::vector<std::string>> HostsOf(const std::string& type) = 0;

  virtual absl::Status CreateType(const std::string& type, const std::string& display_name, const std::string& dll,
                                  uint32_t looks_alive_ms, uint32_t is_alive_ms) = 0;
  // Those in `numbers`, and the display name if it is given; together, or none of them.
  virtual absl::Status SetProperties(const std::string& type, const std::optional<std::string>& display_name,
                                     const TypeNumbers& numbers) = 0;
  // Fails while there are resources of it.
  virtual absl::Status DeleteType(const std::string& type) = 0;
};

// Connects to a cluster by its name or a node's; empty: the one that this machine is a node of. `clusapi` is the full
// path of a DLL that is loaded for clusapi.dll, for tests; empty: the one of the system's folder and no other, wherever
// else one of that name may lie. Only Windows has it: Unimplemented elsewhere.
absl::StatusOr<std::unique_ptr<ClusterApi>> OpenClusterApi(const std::string& cluster, const std::string& clusapi);

}  // namespace resource_broker::cluster
