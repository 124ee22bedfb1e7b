// A folder only the broker's account may look into.
#pragma once

#include <filesystem>

#include "absl/status/status.h"

namespace resource_broker::broker {

// Makes `folder` with mode 0700 and those above it; one that is there is taken if it belongs to this account, and its
// mode is set. On Windows nothing is made: what would lie there are pipes.
absl::Status MakePrivateFolder(const std::filesystem::path& folder);

}  // namespace resource_broker::broker
