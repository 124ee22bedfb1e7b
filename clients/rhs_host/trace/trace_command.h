// `rhs_host trace`: shows a recorded trace, or does again what it tells of.
#pragma once

#include <string>

#include "clients/rhs_host/run_command.h"

namespace resource_broker::rhs_host {

// Prints the timeline of the trace, as the run did. The exit code: 0, or 2 for a file that is none.
int ShowTrace(const std::string& trace);

// Makes the trace's calls against options.dll, and expects what was returned then; as `run` otherwise.
int ReplayTrace(const std::string& trace, const RunOptions& options);

}  // namespace resource_broker::rhs_host
