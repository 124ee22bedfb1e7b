// `rhs_host shell`: the script's commands, one at a time, as a person types them.
#pragma once

#include "clients/rhs_host/run_command.h"

namespace resource_broker::rhs_host {

// Reads commands from standard input until `quit` or its end, and carries each one out. What is wrong with a line is
// said, and the next one read. The exit code is as of RunScript.
int RunShell(const RunOptions& options);

}  // namespace resource_broker::rhs_host
