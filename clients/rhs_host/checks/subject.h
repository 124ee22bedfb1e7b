// The resource DLL under check, in the process of one check.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "clients/rhs_host/callbacks.h"
#include "clients/rhs_host/checks/check.h"
#include "clients/rhs_host/checks/check_options.h"
#include "clients/rhs_host/checks/instance.h"
#include "clients/rhs_host/clusapi/cluster_calls.h"
#include "clients/rhs_host/clusapi/cluster_registry.h"
#include "clients/rhs_host/guarded_memory.h"
#include "clients/rhs_host/resource_dll.h"
#include "clients/rhs_host/timeline.h"

namespace resource_broker::rhs_host {

struct LogSeen {
  std::string format;
  std::string text;
};

struct ClusterCallSeen {
  std::string function;
  bool in_entry_point;
};

// Loads the DLL and answers it as RHS would, but reacts to nothing. What a check needs and does not get ends it: the
// process writes its finding and ends at once, also when calls into the DLL have not returned. Any thread.
class Subject final : private CallbackReceiver {
 public:
  using Concluded = std::function<void(const Finding&)>;

  // `concluded` takes the finding, once; then the process ends. The others must outlive it.
  Subject(const CheckOptions& options, const Check& check, std::unique_ptr<ResourceDll> dll, ClusterRegistry* registry,
          Timeline* timeline, Concluded concluded);
  ~Subject();

  const CheckOptions& options() const { return options_; }
  const ResourceDll& dll() const { return *dll_; }
  ClusterRegistry& registry() { return *registry_; }
  std::u16string type() const;
  absl::Duration Elapsed() const { return timeline_->Elapsed(); }
  // What is repeated may go on.
  bool HasTime() const { return Elapsed() < options_.time_limit / 2; }

  // Starts the type, and sends it the two starting phases as RHS does, unless it is started already.
  void Start();
  // The same with nothing but the start routine.
  void StartWithoutPhases();
  // The same with a callback table of the first system that has version 2: 40 bytes, and then a guard page.
  void StartWithShortTable();

  // From now on OpenV2 gets as its RESOURCE_HANDLE a handle that could be closed, and not only a number.
  void GiveHandlesOfTheSystem() { gives_handles_ = true; }
  // OpenV2 with a name and properties of its own; a NULL ends the check.
  Instance& Open(uint32_t flags = 0);
  // The same with this name; null if OpenV2 returned NULL, with its code in `error`.
  Instance* TryOpen(const std::string& name, const std::u16string& wide_name, uint32_t flags, uint32_t* error);
  // Open and Online; the check ends unless it is online then.
  Instance& OpenOnline();
  // Calls every entry point of a resource once, as RHS would over its life.
  void Exercise(const std::string& name);
  CallResult TypeControl(const ControlArguments& arguments);
  // GET_CHARACTERISTICS; 0 where it is not answered.
  uint32_t Characteristics(Instance& instance);

  // Runs a call on a thread of its own.
  CallResult Bounded(const char* entry_point, std::function<CallResult()> call);
  [[noreturn]] void Conclude(const Finding& finding);
  // Closes what is open.
  void CloseAll();
  // Of one that is closed nothing is kept any more.
  void Forget(Instance* instance);

  std::vector<LogSeen> logs() const;
  // Callbacks whose handle was none that OpenV2 got.
  std::vector<std::string> foreign_callbacks() const;
  std::vector<ClusterCallSeen> cluster_calls() const;
  // ResourceKeys that the DLL closed, and keys below one that it left open at Close.
  int stolen_keys() const;
  int leaked_keys() const;
  // RESOURCE_HANDLEs that were found closed, of those that could be.
  int stolen_handles() const;

  // For Instance.
  EntryPoints* calls() { return entry_points_.get(); }
  void Closed(Instance* instance);

 private:
  void StartWith(resapi::CLRES_CALLBACK_FUNCTION_TABLE* callbacks, uint32_t max_version);
  Instance* Called(resapi::RESOURCE_HANDLE handle, const char* callback) ABSL_LOCKS_EXCLUDED(mutex_);

  void LogEvent(resapi::RESOURCE_HANDLE handle, resapi::LOG_LEVEL level, const std::string& format,
                const std::string& text) override;
  resapi::DWORD SetResourceStatusEx(resapi::RESOURCE_HANDLE handle, const resapi::RESOURCE_STATUS_EX* status) override;
  resapi::DWORD SetResourceLockedMode(resapi::RESOURCE_HANDLE handle, bool locked, resapi::DWORD reason) override;
  resapi::DWORD SignalFailure(resapi::RESOURCE_HANDLE handle, resapi::FAILURE_TYPE type, resapi::DWORD code) override;
  resapi::DWORD SetResourceInMemoryNodeLocalProperties(resapi::RESOURCE_HANDLE handle, const resapi::BYTE* properties,
                                                       resapi::DWORD size) override;
  resapi::DWORD SetResourceLockedModeEx(resapi::RESOURCE_HANDLE handle, bool locked, resapi::DWORD reason,
                                        resapi::DWORD flags) override;
  resapi::DWORD UnsupportedCallback(int member) override;

  const CheckOptions options_;
  const Check& check_;
  const std::unique_ptr<ResourceDll> dll_;
  ClusterRegistry* const registry_;
  Timeline* const timeline_;
  const Concluded concluded_;
  std::unique_ptr<EntryPoints> entry_points_;
  std::unique_ptr<GuardedMemory> short_table_;
  std::unique_ptr<CallbackScope> callbacks_;
  std::unique_ptr<ClusterCallScope> cluster_call_scope_;
  std::atomic<bool> gives_handles_{false};

  absl::Mutex concluding_;
  mutable absl::Mutex mutex_;
  std::vector<std::unique_ptr<Instance>> instances_ ABSL_GUARDED_BY(mutex_);
  std::map<uintptr_t, Instance*> handles_ ABSL_GUARDED_BY(mutex_);
  uintptr_t next_handle_ ABSL_GUARDED_BY(mutex_) = 0x5248'0001;  // odd, so that it is no aligned address
  std::vector<LogSeen> logs_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> foreign_ ABSL_GUARDED_BY(mutex_);
  std::vector<ClusterCallSeen> cluster_calls_ ABSL_GUARDED_BY(mutex_);
  int stolen_keys_ ABSL_GUARDED_BY(mutex_) = 0;
  int leaked_keys_ ABSL_GUARDED_BY(mutex_) = 0;
  int stolen_handles_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace resource_broker::rhs_host
