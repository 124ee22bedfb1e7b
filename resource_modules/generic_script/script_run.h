// One run of a program that talks in lines.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "resource_modules/process/process_tree.h"
#include "resource_modules/sdk/operation.h"

namespace resource_broker::generic_script {

struct ScriptEnd {
  enum class How { kExited, kTimedOut, kCancelled };
  How how = How::kExited;
  process::ExitStatus status;
  // The last line it wrote to stderr that was not empty.
  std::string last_error;

  bool succeeded() const { return how == How::kExited && status.code == 0 && status.signal == 0; }
};

// Starts `spec`, gives it `input`, and waits until it exits; until the deadline or the operation's cancel, after which
// it is ended. Its PROGRESS lines go to the operation (which may be null), everything else it prints to the log, each
// line with `name` before it.
absl::StatusOr<ScriptEnd> RunScript(process::ProcessSpec spec, const std::string& input,
                                    std::chrono::steady_clock::time_point deadline, const std::string& name,
                                    sdk::Operation* operation);

}  // namespace resource_broker::generic_script
