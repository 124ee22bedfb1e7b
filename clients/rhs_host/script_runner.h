// Runs a script's steps against a host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/rhs_host/clusapi/cluster_registry.h"
#include "clients/rhs_host/host.h"
#include "clients/rhs_host/script.h"
#include "clients/rhs_host/timeline.h"

namespace resource_broker::rhs_host {

// Each step is carried out also when one before did not hold, so that a run shows all that is wrong; only a DLL that
// can't be started, or a call that does not return, ends it early. Not thread-safe.
class ScriptRunner {
 public:
  // All must outlive it.
  ScriptRunner(Host* host, ClusterRegistry* registry, Timeline* timeline);

  // OK if the script came to its end, which says nothing of failures(). FailedPrecondition: StartupEx failed.
  // DeadlineExceeded: a call did not return, and the host is stuck.
  // `steps` must outlive calls in the background.
  absl::Status Run(const std::vector<Step>& steps);

  // The same, but calls in the background may go on.
  absl::Status RunUnjoined(const std::vector<Step>& steps);

  // Waits and expectations that did not hold, with those of calls (expect=) and calls of resources that are not open.
  int failures() const { return failures_; }

 private:
  struct Background {
    HostCallPtr call;
    const Step* step;
  };

  absl::Status RunStep(const Step& step);
  // Starts the step's entry point; absent for a step that has none.
  std::optional<absl::StatusOr<HostCallPtr>> StartCall(const Step& step);
  absl::Status RunOther(const Step& step);
  absl::Status Startup(const Step& step, const StartupStep& startup);
  absl::Status Finish(const HostCall& call, const Step& step);
  absl::Status Join();
  void Wait(const Step& step, const std::vector<Condition>& conditions, absl::Duration timeout);
  // What the step's expect= says about a return value, which is a BOOL for the health checks.
  void CheckCode(const Step& step, const std::string& entry_point, uint32_t code, bool health);
  void Check(const Step& step, bool held, const std::string& text);

  Host* const host_;
  ClusterRegistry* const registry_;
  Timeline* const timeline_;
  std::vector<Background> background_;
  int failures_ = 0;
};

}  // namespace resource_broker::rhs_host
