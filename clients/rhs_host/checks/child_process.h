// This program once more, as a process of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace resource_broker::rhs_host {

struct ChildEnd {
  // It was ended by force, after the time limit.
  bool timed_out = false;
  // Ended by a fault of its own, and not by a call that ends a process.
  bool crashed = false;
  // Of a process that ended by itself.
  uint32_t code = 0;
  // "exit code 3", "SIGSEGV", "0xc0000005".
  std::string how;
};

// Runs this program with `arguments` (UTF-8) to its end, without standard input; what it writes goes to the file
// `output`. Blocks for no longer than `limit` and the moment that ending it takes. Internal: it can't be started.
absl::StatusOr<ChildEnd> RunThisProgram(const std::vector<std::string>& arguments, const std::string& output,
                                        absl::Duration limit);

// For a process that may crash: no dialog and no core file come of it.
void ExpectCrashes();

}  // namespace resource_broker::rhs_host
