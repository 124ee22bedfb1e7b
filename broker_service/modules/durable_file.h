// A small file that survives the machine's end.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"

namespace resource_broker::broker {

// Replaces `file` by one with `text`: when it returns OK that is on the disk, and whatever ends it in between, the file
// is the old one or the new one, whole. Blocks. The error names the file.
absl::Status WriteDurably(const std::filesystem::path& file, const std::string& text);

}  // namespace resource_broker::broker
