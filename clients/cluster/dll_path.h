// Where a DLL lies on every node.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace resource_broker::cluster {

// Where the installation puts the bridge: without a version, so that an upgrade registers nothing anew.
inline constexpr char kInstalledBridge[] = "%ProgramFiles%\\Resource Broker\\bridge\\resource_bridge.dll";

// `text` with its references to the environment (%NAME%) replaced by what they are on this machine: that the cluster
// would replace them is documented nowhere. InvalidArgument for what is not the full path of a .dll on a local drive,
// and for a reference to nothing: the cluster takes a relative path for one below its own folder, and RHS would load
// code from a share as LocalSystem.
absl::StatusOr<std::string> DllPath(absl::string_view text);

// Whether two paths mean the same file: without regard to (ASCII) case, references replaced where they can be.
bool SameDll(absl::string_view a, absl::string_view b);

}  // namespace resource_broker::cluster
