// Folders only the broker's account may look into, and what lies in them.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"

namespace resource_broker::broker {

// Makes `folder`, and those above it that are missing, for this account (natively mode 0700; on Windows LocalSystem and
// administrators as well). What is there already stays as it is: who may write to an address's folder is checked by
// ipc/. An empty path is none. The error names the folder.
absl::Status MakePrivateFolder(const std::filesystem::path& folder);

// Removes what a server that was killed left of `address` (unix:<path>). On Windows a pipe leaves nothing.
void RemoveAddress(const std::string& address);

}  // namespace resource_broker::broker
