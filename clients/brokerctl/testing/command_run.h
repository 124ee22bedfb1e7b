// A command line run as main does, in this process.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/brokerctl/run.h"

namespace resource_broker::brokerctl {

struct CommandRun {
  int exit_code = -1;
  std::string out;
  std::string errors;
};

// Up to four times where Wine loses a connection. Say --contexts, or where the node is: contexts of this machine count
// otherwise.
CommandRun RunLine(
    const std::vector<std::string>& arguments, const Terminal& terminal = {},
    const std::function<bool(absl::Duration)>& pause = [](absl::Duration) { return false; });

}  // namespace resource_broker::brokerctl
