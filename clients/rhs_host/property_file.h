// Private properties from a file, as the command line takes them one by one.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace resource_broker::rhs_host {

// Its lines, each what --property takes, without those that are empty or begin with #. Not parsed yet. NotFound: it
// can't be read.
absl::StatusOr<std::vector<std::string>> ReadPropertyFile(const std::string& path);

}  // namespace resource_broker::rhs_host
