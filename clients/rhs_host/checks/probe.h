// One check in a process of its own: what that process does, and what the one that started it makes of it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "clients/rhs_host/checks/check.h"
#include "clients/rhs_host/checks/check_options.h"

namespace resource_broker::rhs_host {

// Where a probe leaves what it found, in a folder of its own.
struct ProbeFiles {
  std::string folder;

  std::string finding() const { return folder + "/finding.txt"; }
  // Every call and callback, as `rhs_host trace show` prints them.
  std::string trace() const { return folder + "/trace.jsonl"; }
  std::string output() const { return folder + "/output.txt"; }
};

// Runs `check` in a process, two where it leaves something behind first. Never fails: what ends the process is the
// finding. `folder` exists and is empty.
Finding RunProbe(const Check& check, const CheckOptions& options, const std::string& folder);

// In that process: runs the check, or what it leaves behind first, and ends the process.
[[noreturn]] void Probe(const Check& check, const CheckOptions& options, bool leave, const std::string& folder);

// In a process of its own, since loading may crash: 0, or 3 after writing why the DLL can't be loaded, or, with
// `start`, why its start routine refuses the type.
int ProbeLoading(const CheckOptions& options, bool start);

// What ProbeLoading says of the DLL, from the process that checks. NotFound: it can't be loaded. FailedPrecondition: it
// refuses the type, so that there is nothing to check. Whatever else its start routine does is for the checks to judge.
absl::Status TryLoading(const CheckOptions& options, const std::string& folder);

}  // namespace resource_broker::rhs_host
