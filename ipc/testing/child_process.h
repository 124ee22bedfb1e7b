// This test program once more, in another role (see main.cc).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace resource_broker::ipc::testing {

// Killed with the object if it still runs.
class ChildProcess {
 public:
  // `arguments` hold neither quotes nor backslashes nor spaces.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& arguments);
  virtual ~ChildProcess() = default;

  virtual uint32_t id() const = 0;

  // The next line of its standard output, without the line's end. DeadlineExceeded, Unavailable at the end.
  virtual absl::StatusOr<std::string> ReadLine(std::chrono::milliseconds timeout) = 0;

  // Ends it as a crash would, and waits for the end.
  virtual void Kill() = 0;
};

}  // namespace resource_broker::ipc::testing
