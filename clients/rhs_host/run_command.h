// `rhs_host run`: one script against one resource DLL.
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/rhs_host/clusapi/serving.h"
#include "clients/rhs_host/host.h"
#include "clients/rhs_host/script.h"
#include "clients/rhs_host/script_runner.h"

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
  // They are a trace, to be shown and replayed.
  bool trace = false;
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

// The same with steps that are parsed already.
int RunSteps(const RunOptions& options, const std::vector<Step>& steps);

// What a run stands on; a part of RunSteps and of the shell.
class Stage {
 public:
  // NotFound or FailedPrecondition: the DLL can't be loaded. InvalidArgument: a property, or the file of records.
  static absl::StatusOr<std::unique_ptr<Stage>> Set(const RunOptions& options);
  ~Stage();

  Host* host() { return host_.get(); }
  ScriptRunner* runner() { return runner_.get(); }
  Timeline* timeline() { return timeline_.get(); }

  // Closes what is open and says how the run ended. The exit code; with `status` of ScriptRunner::Run. Ends the process
  // itself, with the same code, if a call into the DLL does not return or with no_close.
  int End(const absl::Status& status);

 private:
  explicit Stage(const RunOptions& options) : options_(options) {}
  int Summarise();

  const RunOptions options_;
  ClusterRegistry registry_;
  std::ofstream json_;
  std::unique_ptr<Serving> serving_;
  std::unique_ptr<ResourceDll> dll_;
  std::unique_ptr<Timeline> timeline_;
  std::unique_ptr<Host> host_;
  std::unique_ptr<ScriptRunner> runner_;
};

}  // namespace resource_broker::rhs_host
