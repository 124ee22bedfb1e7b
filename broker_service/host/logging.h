// Where the log goes.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"

namespace resource_broker::broker {

// From now on lines of `level` and above go to <folder>/resource_broker.log (up to 5 files of 10 MiB), and to stderr
// with `console`. An error names the folder or file that can't be made.
absl::Status StartLogging(const std::string& level, const std::filesystem::path& folder, bool console);

// Writes out what is still held.
void FlushLog();

}  // namespace resource_broker::broker
