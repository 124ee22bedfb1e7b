// A folder only the broker's account may look into.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"

namespace resource_broker::broker {

// Makes `folder` with mode 0700 and those above it; one that is there is taken if it belongs to this account, and its
// mode is set. On Windows nothing is made: what would lie there are pipes.
absl::Status MakePrivateFolder(const std::filesystem::path& folder);

// Removes what a server that was killed left of `address` (unix:<path>). On Windows a pipe leaves nothing.
void RemoveAddress(const std::string& address);

}  // namespace resource_broker::broker
