// A command on the nodes that are meant, from the first call to the exit code.
#pragma once

#include <functional>
#include <istream>
#include <ostream>

#include "absl/time/time.h"
#include "clients/brokerctl/command.h"
#include "clients/brokerctl/globals.h"

namespace resource_broker::brokerctl {

// What stands at the other ends.
struct Terminal {
  // What a person types; null: nobody is there to be asked.
  std::istream* input = nullptr;
  bool output = false;
  bool error = false;
  // It is a terminal, and colours are wanted there.
  bool colours = false;
};

// Blocks. `pause` waits between two times of --watch, and says whether there is a next one; for tests.
int RunCommand(const Command& command, const Globals& globals, const Terminal& terminal, std::ostream* out,
               std::ostream* errors, const std::function<bool(absl::Duration)>& pause);

}  // namespace resource_broker::brokerctl
