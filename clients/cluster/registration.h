// Making a cluster know the bridge's resource type, and forget it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cluster/cluster_api.h"

namespace resource_broker::cluster {

struct Registration {
  // One that the bridge serves (bridge_dll/type_name.h).
  std::string type;
  // From DllPath.
  std::string dll;
  // What is not given: of a new type the type's name and the usual numbers, of one that is there what it has.
  std::optional<std::string> display_name;
  TypeNumbers numbers;
  // A type with another DLL is removed and made anew; what it had and is not given is kept.
  bool replace = false;
};

// What was done before, perhaps, something went wrong.
struct Change {
  // In order, in words; empty: everything was as it should be.
  std::vector<std::string> changes;
  absl::Status problem;
};

// InvalidArgument for a name that is no name of a resource type, or that the bridge does not serve: its StartupEx
// answers 5080 to it.
absl::Status CheckTypeName(const std::string& type);

// Brings the type to what `registration` says, and changes nothing that is so already: the same call again does
// nothing. An error means that nothing was changed: InvalidArgument for numbers that do not go together,
// FailedPrecondition for another DLL without `replace`, or with it while resources of the type exist.
absl::StatusOr<Change> Register(ClusterApi& cluster, const Registration& registration);

// Nothing is done if there is no such type. FailedPrecondition naming the resources of the type while there are any.
absl::StatusOr<Change> Unregister(ClusterApi& cluster, const std::string& type);

}  // namespace resource_broker::cluster
