// Another program, run to its end for what it says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace resource_broker::broker {

struct ProgramResult {
  int64_t exit_code = 0;
  // What it wrote to stdout and stderr, as it came; the first 64 KiB.
  std::string output;
};

// Errors: it can't be started, or has not ended within `limit`, when it is killed. No shell sees the arguments.
absl::StatusOr<ProgramResult> RunProgram(const std::filesystem::path& program, std::vector<std::string> arguments,
                                         absl::Duration limit);

}  // namespace resource_broker::broker
