// A file of lines that several processes append to.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace resource_broker::recorder {

// Appends `line` and a line end to the file at `path` in one write, so that lines of different writers never mix. Makes
// the file if there is none.
absl::Status AppendLine(const std::string& path, const std::string& line);

}  // namespace resource_broker::recorder
