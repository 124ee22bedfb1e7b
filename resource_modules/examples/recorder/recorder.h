// A module for tests: it records every operation it is given, and does what a script tells it.
//
// Properties, all optional:
//   RecordFile     Each Online and Offline is appended to this file as one line of JSON: "call" ("execute"),
//                  "operation_id" (hex), "attempt", "restore", "kind" ("ONLINE", "OFFLINE"), "resource", "flags",
//                  "destination_node" (text or null), "in_buffer" (null, or {"size", "fnv1a": 64-bit hash in hex,
//                  "hex": up to 64 bytes}), "reserved", "properties" (how many), "process_id".
//   EndFile        The same when one has come to its end: "call" ("end"), "operation_id", "attempt", "restore",
//                  "outcome" (as the contract's Outcome), "resource", "process_id"; before the broker hears of it.
//   CallFile       The same for other calls: "call" ("open", "close", "terminate", "export", "import"), "resource",
//                  "process_id".
//   OnlineScript, OfflineScript, RestoreScript   What to do, as below; the last where a failed Offline is undone. An
//                  InBuffer that is a JSON object with a text "Script", for a restore "RestoreScript", comes first.
//                  Without any: done.
//
// A script is steps with ';' between them:
//   progress:PERCENT:MESSAGE        reports; PERCENT may be empty
//   wait:MS                         waits; a cancel ends the operation as cancelled
//   waitfile:PATH                   waits until the file exists, likewise; up to 2 minutes
//   holdfile:PATH                   the same, and ignores cancels
//   hang                            waits 10 minutes and ignores cancels
//   done | fail:CODE:MESSAGE | notnow:STATUS_FLAG:RETRY_MS     ends the operation so
//   busy:COUNT:STATUS_FLAG:RETRY_MS   not now in the first COUNT attempts
//   crash                           ends the process, exit code 66
//   health:alive:MESSAGE | health:dead:MESSAGE | lock:REASON | unlock | failure:TYPE:CODE:MESSAGE    tells the broker
// A step that is none of these fails the operation with 87. After the last one the operation is done.
//
// Another version is told whether the resource is alive (ExportState, format 1).
//
// A resource is alive from its last Online that was done until an Offline is done or it is terminated, unless `health`
// says otherwise. A control code with the user bit (0x00200000) is answered with its own input.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "resource_modules/sdk/module.h"

namespace resource_broker::recorder {

class Recorder final : public sdk::Module {
 public:
  sdk::Result Online(sdk::Operation& operation) override;
  sdk::Result Offline(sdk::Operation& operation) override;
  void Terminate(const sdk::Resource& resource) override;
  sdk::HealthReport CheckHealth(const sdk::Resource& resource, bool thorough) override;
  absl::Status Open(const sdk::Resource& resource, uint32_t open_flags) override;
  void Close(const sdk::Resource& resource) override;
  sdk::ControlResult Control(const sdk::ControlCall& call) override;
  absl::StatusOr<std::optional<sdk::ExportedState>> ExportState(const sdk::Resource& resource) override;
  absl::Status ImportState(const sdk::Resource& resource, const sdk::ExportedState& state) override;

 private:
  sdk::Result Execute(sdk::Operation& operation, absl::string_view kind, absl::string_view script_property);
  void SetAlive(const std::string& resource, bool alive);

  absl::Mutex mutex_;
  std::map<std::string, bool> alive_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::recorder
