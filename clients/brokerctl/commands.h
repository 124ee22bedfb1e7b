// What brokerctl does, command by command.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace resource_broker::brokerctl {

// What the process ends with.
enum ExitCode : int {
  kDone = 0,
  // The broker refused, or there is no such thing.
  kRefused = 1,
  // The command line is wrong.
  kUsage = 2,
  // No broker could be reached, or it did not answer in time.
  kUnreachable = 3,
  // `operations watch ID`: the operation ended, but did not succeed.
  kNotSucceeded = 4,
};

// Runs one command line, without the program's name; answers on `out`, errors on `err`. UTF-8.
int Run(std::vector<std::string> arguments, std::ostream& out, std::ostream& err);

}  // namespace resource_broker::brokerctl
