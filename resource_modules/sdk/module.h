// Writing a module for Resource Broker in C++: implement `Module`, call `RunModule`.
//
// A module is a program of its own that knows how to bring one type of cluster resource online and take it offline. The
// broker starts it, gives it operations and watches it. All of that is done here; what is left is the logic:
//
//   class Mount : public sdk::Module {
//     sdk::Result Online(sdk::Operation& operation) override {
//       absl::StatusOr<std::string> device = operation.properties().Text("Device");
//       if (!device.ok()) return sdk::Result::Failed(device.status());
//       operation.Report(10, "mounting " + *device);
//       …
//       return sdk::Result::Done();
//     }
//     …
//   };
//   int main(int argc, char** argv) {
//     Mount mount;
//     return sdk::RunModule(argc, argv, mount);
//   }
//
// Beside the program lies its manifest.json (module.proto describes it). A whole module is in examples/lock_file/.
//
// Threads. Online and Offline may block; each runs on a thread of its own, of a bounded pool. Those of one resource
// never overlap; those of different resources do. Everything else here may be called at any time, on other threads,
// during an operation as well. Exceptions are caught and fail the call; they are not a way to report errors.
//
// Text is UTF-8. Win32 codes are what RHS and the cluster log get; proto/resource_broker/v1/win32_codes.h names the
// usual ones.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "resource_modules/sdk/operation.h"
#include "resource_modules/sdk/resource.h"
#include "resource_modules/sdk/result.h"

namespace resource_broker::sdk {

class Notifications;

enum class Health { kAlive, kDead };

struct HealthReport {
  Health health = Health::kAlive;
  // For the log; why, where it is dead. Cut at 1,024 bytes.
  std::string message;
};

// A ResourceControl or ResourceTypeControl.
struct ControlCall {
  // CLUSCTL_RESOURCE_* or CLUSCTL_RESOURCE_TYPE_*.
  uint32_t code = 0;
  // Null for a control of the resource type.
  const Resource* resource = nullptr;
  std::string resource_type;
  // nullopt: RHS passed NULL.
  std::optional<std::string> in;
};

struct ControlResult {
  // 0 done, 1 (ERROR_INVALID_FUNCTION) RHS does its default processing, or another Win32 code.
  uint32_t win32_code = 1;
  // More than the caller has room for becomes 234 (ERROR_MORE_DATA) with the size, and nothing is sent.
  std::string out;
};

// What one version of a module tells the next of a resource.
struct ExportedState {
  // The form of `data`, in the module's own numbering.
  uint32_t format = 0;
  // At most 1,048,576 bytes.
  std::string data;
};

class Module {
 public:
  Module();
  virtual ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  // Brings the resource online: returns when it is, or says why it is not. Properties are read anew each time. A
  // resource that is online already is Done. Also called to restore a resource whose offline failed
  // (operation.restore()).
  virtual Result Online(Operation& operation) = 0;

  // Takes the resource offline gracefully. One that is offline already is Done.
  virtual Result Offline(Operation& operation) = 0;

  // Makes the resource unavailable at once, without grace. A running operation of it has been asked to cancel just
  // before and is still there; its result no longer counts. Should return within a few seconds; comes in every state
  // and more than once.
  virtual void Terminate(const Resource& resource) = 0;

  // Whether the resource is alive; `thorough` looks closely (IsAlive) where there is something to look at. Should
  // answer within 5 s.
  virtual HealthReport CheckHealth(const Resource& resource, bool thorough) = 0;

  // A resource may be operated from now on; again with new properties. An error says what in the properties cannot
  // work; it is logged, and does not keep the resource from being brought online. No work is done here.
  virtual absl::Status Open(const Resource& resource, uint32_t open_flags);

  // The resource is forgotten; no operation of it is under way.
  virtual void Close(const Resource& resource);

  // Answers a control code. The default answers 1 to all.
  virtual ControlResult Control(const ControlCall& call);

  // Upgrades. Another version of the module takes over while resources are online: its process runs beside this one's.
  // For each resource this one is asked to export what the other has to know beyond the properties (that it is online,
  // say, and which process serves it), the other to import that, and this one then to Close. The broker asks once
  // before it decides, to try the other version, and again when nothing of the resource is under way.

  // Changes nothing: the resource stays online, and this version may serve it again. The default, nullopt, says that
  // there is nothing to know.
  virtual absl::StatusOr<std::optional<ExportedState>> ExportState(const Resource& resource);

  // After Open, also a second time, and with what another version exported: a newer one as well, on the way back. An
  // error says what can't be understood, and keeps this version from being activated. The default ignores it.
  virtual absl::Status ImportState(const Resource& resource, const ExportedState& state);

  // Whether this version can work on this machine: asked before it is activated, after resources were opened. An error
  // keeps it from being activated and is shown to the administrator. Should take less than 30 s. The default passes.
  virtual absl::Status SelfTest();

 protected:
  // What follows tells the broker something unasked; from any thread, any time, without blocking. What a broker that is
  // away has missed it gets when it is back.

  // The resource's health changed. It counts as alive again whenever an Online begins.
  void SetHealth(const std::string& resource, Health health, std::string message);

  // The resource may not be taken offline now (`reason` goes to SetResourceLockedMode as it is), or may again.
  void SetLocked(const std::string& resource, bool locked, uint32_t reason, std::string message);

  // The resource failed by itself. `failure_type`: 0 general, 1 embedded, 2 network loss; `application_error`: the
  // module's own code.
  void SignalFailure(const std::string& resource, uint32_t failure_type, uint32_t application_error,
                     std::string message);

 private:
  friend class ModuleService;
  const std::shared_ptr<Notifications> notifications_;
};

// Runs the module until the broker ends it; the whole of main(). Returns the exit code: 0 after an orderly end, 1 if
// the broker could not be served or an operation did not end when told to (the reason is on stderr), 2 when called
// wrongly, as by hand without a broker. Understands --help and --version.
int RunModule(int argc, char** argv, Module& module);

}  // namespace resource_broker::sdk
