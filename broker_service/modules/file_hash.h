// What is in a file, in 32 bytes.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"

namespace resource_broker::broker {

// SHA-256 in hexadecimal, lower case. The error names the file. Reads all of it.
absl::StatusOr<std::string> HashFile(const std::filesystem::path& file);

}  // namespace resource_broker::broker
