// A resource that is a program: online while it runs.
//
// Properties:
//   Executable        required: full path
//   Arguments         list of texts (a single text is one argument)
//   WorkingDirectory  default: the module's own
//   Environment       list of texts NAME=VALUE, beside the module's own environment
//   StartGraceMs      default 500: how long it must run to count as started
//   StopTimeoutMs     default 30,000: how long it may take to end when asked; InBuffer's TimeoutMs comes first
//
// The program stays in the foreground: when it ends by itself, its resource has failed, whatever it left running. It
// ends with the module, and with its resource's Close. Offline asks it to end (process_tree.h says how) and ends the
// whole tree after the timeout; at once if the operation wants no grace (InBuffer's Mode "hard",
// DUE_TO_EMBEDDED_FAILURE). What it prints goes to the module's log.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "resource_modules/process/process_tree.h"
#include "resource_modules/sdk/module.h"

namespace resource_broker::generic_process {

class GenericProcess final : public sdk::Module {
 public:
  ~GenericProcess() override;

  sdk::Result Online(sdk::Operation& operation) override;
  sdk::Result Offline(sdk::Operation& operation) override;
  void Terminate(const sdk::Resource& resource) override;
  sdk::HealthReport CheckHealth(const sdk::Resource& resource, bool thorough) override;
  absl::Status Open(const sdk::Resource& resource, uint32_t open_flags) override;
  void Close(const sdk::Resource& resource) override;

 private:
  struct Workload;

  std::shared_ptr<Workload> Find(const std::string& resource) const;
  // Forgets it and, with the last reference, ends what is left of it.
  void Drop(const std::string& resource);
  // Asks it to end and waits; nullopt if grace is over and it still runs.
  std::optional<sdk::Result> StopGracefully(sdk::Operation& operation, Workload& workload,
                                            std::chrono::steady_clock::time_point deadline);
  void ProgramEnded(const std::string& resource, const process::ExitStatus& status);

  mutable absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<Workload>> workloads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::generic_process
