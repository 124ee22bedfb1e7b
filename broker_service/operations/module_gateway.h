// What the operation engine needs of modules, and what modules tell it; between them lies the supervision.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/map.h"
#include "resource_broker/v1/module.pb.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::broker {

// A resource as RHS opened it.
struct ResourceSpec {
  std::string resource;
  std::string resource_type;
  std::string module;
  google::protobuf::Map<std::string, v1::PropertyValue> properties;
  uint32_t open_flags = 0;
};

// How one run of an operation in a module ended.
struct ExecutionEnd {
  enum class Kind {
    // The module said so in `result`.
    kResult,
    // The module never got it: it does not exist or can't be started.
    kNotRun,
    // The module had it and can't tell any more what became of it: it died, or broke its contract.
    kLost,
  };
  Kind kind = Kind::kNotRun;

  // With kResult.
  v1::ExecuteEvent::Result result;

  // With the others.
  uint32_t win32_code = 0;
  std::string message;

  // "generic_service 1.0.0"; empty with kNotRun, where no module is known.
  std::string module;

  // The manifest's word: a lost run may be repeated.
  bool idempotent = false;

  // With kLost of a run that was to be resumed: the module's process does not know it.
  bool unknown = false;

  // It reported nothing for as long as its module's manifest allows, and was ended for that.
  bool stalled = false;
};

// Told of one run. Calls come one at a time, on any thread, without locks of the caller.
class ExecutionListener {
 public:
  virtual ~ExecutionListener() = default;
  // The module has it: what becomes of this broker changes nothing for the module. Perhaps after OnProgress, and never
  // where a module does not tell.
  virtual void OnTaken() {}
  // At most once, before the others: the module that has it, as ExecutionEnd.module.
  virtual void OnBegin(const std::string& module) = 0;
  // `step` as in ExecuteEvent.
  virtual void OnProgress(uint64_t step, const v1::ExecuteEvent::Progress& progress) = 0;
  // Exactly once, last.
  virtual void OnEnd(ExecutionEnd end) = 0;
};

// One run of an operation in a module.
struct Execution {
  // Its `module` names the module, its `id` the run.
  std::shared_ptr<const v1::OperationRequest> operation;
  uint32_t attempt = 1;
  bool restore = false;

  // A broker before this one may have given it to the module already: it is attached to where the module knows it, by
  // the steps after `after_step`, and has been lost (kLost) where not.
  bool resume = false;
  uint64_t after_step = 0;
};

// Thread-safe; no call blocks. Callbacks may come before the call returns, and on any thread.
class ModuleGateway {
 public:
  virtual ~ModuleGateway() = default;

  // The module should know this resource, now and whenever it starts again. Again for the same resource: new
  // properties.
  virtual void OpenResource(const ResourceSpec& spec) = 0;

  // The module should forget it. Called when nothing of the resource is under way.
  virtual void CloseResource(const std::string& module, const std::string& resource) = 0;

  // Runs an operation, starting the module first if need be.
  virtual void Execute(Execution execution, std::shared_ptr<ExecutionListener> listener) = 0;

  // Asks a run to end early; the run's listener hears how it ended. Unknown runs are ignored.
  virtual void Cancel(const std::string& module, const std::string& operation_id, uint32_t flags) = 0;

  // Makes the resource unavailable; `done` is called within `limit`, with an error if the module did not confirm.
  virtual void Terminate(const std::string& module, const std::string& resource, const std::string& reason,
                         absl::Duration limit, std::function<void(absl::Status)> done) = 0;

  // NotFound: there is no such module. Bounded by the configuration's module_call_ms.
  virtual void CheckHealth(const std::string& module, const std::string& resource, bool thorough,
                           std::function<void(absl::StatusOr<v1::ModuleCheckHealthResponse>)> done) = 0;
  virtual void Control(const std::string& module, v1::ModuleControlRequest request,
                       std::function<void(absl::StatusOr<v1::ControlResponse>)> done) = 0;

  // The manifest's word. False for a module that does not exist. Reads the disk, shortly.
  virtual bool IsIdempotent(const std::string& module) = 0;
};

// Told what modules say unasked. Thread-safe.
class ModuleListener {
 public:
  virtual ~ModuleListener() = default;

  virtual void OnNotification(const std::string& module, const v1::ModuleNotification& notification) = 0;

  // The module's process that served these resources is gone, and with it what was known of their health and locks.
  virtual void OnModuleLost(const std::string& module, const std::vector<std::string>& resources) = 0;
};

}  // namespace resource_broker::broker
