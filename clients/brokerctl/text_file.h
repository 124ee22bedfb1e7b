// A file as a whole.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "absl/status/statusor.h"

namespace resource_broker::brokerctl {

// InvalidArgument, naming the file, where it can't be read or is larger than `max_bytes`.
absl::StatusOr<std::string> ReadTextFile(const std::filesystem::path& file, size_t max_bytes);

}  // namespace resource_broker::brokerctl
