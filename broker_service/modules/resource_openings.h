// Which resources a module is to know, and whether its process has been told.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/modules/module_instance.h"
#include "broker_service/modules/module_options.h"
#include "broker_service/operations/module_gateway.h"

namespace resource_broker::broker {

// Calls of one resource reach the module one after another, the last word last. Thread-safe; callbacks come without
// locks.
class ResourceOpenings : public std::enable_shared_from_this<ResourceOpenings> {
 public:
  // What the module said of the resource's properties: code 0, or why they can't work.
  using Opened = std::function<void(const ModuleFailure&)>;

  explicit ResourceOpenings(absl::Duration call_limit) : call_limit_(call_limit) {}

  // From now on the module should know the resource, by these properties; it is told if it runs.
  // `state` is what another version exported; null: nothing new.
  void Set(const ResourceSpec& spec, const v1::ExportedState* state = nullptr);
  void Remove(const std::string& resource);
  // The same where the process may have it from a broker before this one: it is told in any case.
  void RemoveKnownOrNot(const std::string& resource);
  bool empty() const;
  // Why the process says it can't work; code 0 if it has not said so.
  ModuleFailure FaultOf(const std::string& resource) const;

  // A new process knows nothing: it is told of all of them, some at a time.
  void Attach(std::shared_ptr<ModuleInstance> instance);
  // The process is gone.
  void Detach();

  // Calls `opened` when the process has been told of the resource, at once if it was; also when it is gone. One that
  // was never Set is told by `unknown`, or not at all where that is null.
  void WhenOpen(const std::string& resource, const ResourceSpec* unknown, Opened opened);

 private:
  struct Entry {
    enum class Stage { kUntold, kCalling, kTold };
    ResourceSpec spec;
    // Until a process has taken it.
    std::optional<v1::ExportedState> state;
    Stage stage = Stage::kUntold;
    // The process the call went to; an answer of an older one is of no interest.
    uint64_t process = 0;
    // `spec` changed during the call.
    bool again = false;
    // It was removed during the call.
    bool removed = false;
    ModuleFailure fault;
    std::vector<Opened> waiting;
  };

  void Call(Entry* entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CallClose(const std::string& resource) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CallNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnAnswer(const std::string& resource, uint64_t process,
                const absl::StatusOr<v1::ModuleOpenResourceResponse>& answer);

  const absl::Duration call_limit_;
  mutable absl::Mutex mu_;
  std::shared_ptr<ModuleInstance> instance_ ABSL_GUARDED_BY(mu_);
  uint64_t process_ ABSL_GUARDED_BY(mu_) = 0;
  absl::flat_hash_map<std::string, std::unique_ptr<Entry>> entries_ ABSL_GUARDED_BY(mu_);
  // After a start: those that nobody waits for yet.
  std::deque<std::string> untold_ ABSL_GUARDED_BY(mu_);
  uint32_t calls_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace resource_broker::broker
