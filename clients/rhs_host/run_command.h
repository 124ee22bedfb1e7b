// `rhs_host run`: one script against one resource DLL.
#pragma once

#include <string>
#include <vector>

#include "clients/rhs_host/host.h"

namespace resource_broker::rhs_host {

// What the process ends with.
enum ExitCode : int {
  kAllHeld = 0,
  // A wait or expectation did not hold, or the DLL broke a rule.
  kNotHeld = 1,
  // The command line or the script is wrong; nothing was run.
  kUsage = 2,
  // The DLL could not be loaded or started.
  kNotStarted = 3,
};

struct RunOptions {
  // The resource DLL's path.
  std::string dll;
  // A script's path; "-": standard input.
  std::string script;
  // Each resource:Name[:TYPE]=value.
  std::vector<std::string> properties;
  // Where records go as JSON lines. Empty: nowhere.
  std::string json;
  // The resource type where the script names none.
  std::string type = "Resource Broker";
  HostOptions host;
  // Broken rules alone do not fail the run.
  bool allow_violations = false;
  // Leave resources open at the end, as when RHS is killed.
  bool no_close = false;
  // No timeline on standard output.
  bool quiet = false;
};

// Loads the DLL, runs the script, closes what it left open, and prints the timeline. Errors go to standard error. Ends
// the process itself, with the same codes, if a call into the DLL does not return or with `no_close`.
int RunScript(const RunOptions& options);

}  // namespace resource_broker::rhs_host
