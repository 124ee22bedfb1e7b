// A resource whose logic is a program of the administrator's, in any language, started anew for each step.
//
// Properties:
//   Executable        required: full path. No shell is involved; for a script name its interpreter here.
//   Arguments         list of texts (a single text is one argument), before the step's name
//   WorkingDirectory  default: the module's own
//   Environment       list of texts NAME=VALUE, beside the module's own environment
//   TimeoutMs         default 120,000: for online and offline; InBuffer's TimeoutMs comes first
//   HealthTimeoutMs   default 4,000: for looks-alive, is-alive and terminate
//
// How it is called:
//   last argument   online, offline, looks-alive, is-alive or terminate
//   stdin           a JSON object (step_input.h), then the end
//   stdout          lines "PROGRESS <percent or -> <message>" are reported; others go to the module's log
//   stderr          goes to the module's log; its last line is the message of a failure
//   exit code       0 done (alive); 75 not now, nothing was done; any other failed (dead): RHS gets it as the
//                   application's code
// What it has started and left running when it exits lives on; it should not keep the program's streams, for nobody
// reads them any more. After the timeout, a cancel or a terminate it is asked
// to end, and 2 s later ended with everything it started.
#pragma once

#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "resource_modules/generic_script/script_run.h"
#include "resource_modules/sdk/module.h"

namespace resource_broker::generic_script {

class GenericScript final : public sdk::Module {
 public:
  sdk::Result Online(sdk::Operation& operation) override;
  sdk::Result Offline(sdk::Operation& operation) override;
  void Terminate(const sdk::Resource& resource) override;
  sdk::HealthReport CheckHealth(const sdk::Resource& resource, bool thorough) override;
  absl::Status Open(const sdk::Resource& resource, uint32_t open_flags) override;

 private:
  sdk::Result Run(sdk::Operation& operation, const std::string& step);
  // A step outside an operation.
  absl::StatusOr<ScriptEnd> RunBriefly(const sdk::Resource& resource, const std::string& step);

  absl::Mutex mutex_;
  // Resources whose online or offline program runs.
  std::set<std::string> busy_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::generic_script
