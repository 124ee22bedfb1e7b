// Plays RHS for one resource DLL: opens resources, calls entry points, receives reports, keeps the rules.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "clients/rhs_host/assumptions.h"
#include "clients/rhs_host/call_threads.h"
#include "clients/rhs_host/callbacks.h"
#include "clients/rhs_host/clusapi/cluster_calls.h"
#include "clients/rhs_host/clusapi/cluster_registry.h"
#include "clients/rhs_host/entry_points.h"
#include "clients/rhs_host/resource_dll.h"
#include "clients/rhs_host/resource_rules.h"
#include "clients/rhs_host/timeline.h"

namespace resource_broker::rhs_host {

struct HostOptions {
  // Longest silence of a pending operation, unless OpenArguments say otherwise; RHS's default.
  absl::Duration pending_timeout = absl::Seconds(180);
  // Longest single call of an entry point; RHS's default. Longer, and RHS ends itself.
  absl::Duration deadlock_timeout = absl::Seconds(300);
  // Whether a failed or silent operation and an IsAlive of FALSE are followed by Terminate, as by RHS.
  bool terminate_on_failure = true;
  // How often LooksAlive and IsAlive are called of an online resource, beside what is asked for; RHS's defaults are 5 s
  // and 60 s. Zero: never.
  absl::Duration looks_alive_interval = absl::ZeroDuration();
  absl::Duration is_alive_interval = absl::ZeroDuration();
  Assumptions assumptions;
};

struct OpenArguments {
  std::string type;
  uint32_t flags = 0;
  std::optional<absl::Duration> pending_timeout;
};

// Which RESID a call passes: the resource's own, or on purpose another.
struct ResidChoice {
  enum class Kind { kOwn, kClosed, kNumber } kind = Kind::kOwn;
  uint64_t number = 0;
};

// A call that may still run. `result` is valid once `done` is notified.
struct HostCall {
  std::string resource;
  absl::Notification done;
  CallResult result;
};
using HostCallPtr = std::shared_ptr<HostCall>;

// What is known of a resource at one moment.
struct ResourceView {
  bool open = false;
  resapi::CLUSTER_RESOURCE_STATE state = resapi::ClusterResourceStateUnknown;
  bool pending = false;
  bool locked = false;
  // Of the latest operation.
  int reports = 0;
  int final_reports = 0;
  resapi::RESOURCE_STATUS_EX last_report = {};
  // Of the latest call that returned; none: an empty entry point.
  CallResult last;
  // SignalFailure calls since it was opened.
  int failures = 0;
  // Of all resources.
  int violations = 0;
};

// Entry points of one resource run one at a time in the order they were asked for, on a thread of the resource's own;
// Terminate and Cancel start at once on threads of their own; HostOptions::assumptions may say otherwise. No lock is
// held while the DLL is called. Thread-safe.
//
// A method that calls an entry point returns once the call is queued. Errors: NotFound names a resource that is not
// open, AlreadyExists one that is already.
class Host : private CallbackReceiver {
 public:
  // All must outlive it. One Host per process at a time.
  Host(const HostOptions& options, const ResourceDll* dll, ClusterRegistry* registry, Timeline* timeline);
  // Waits for all calls under way; see CloseAll.
  ~Host();

  // StartupEx, or Startup of a DLL that has only that, on this thread. A type is started once, by Open if not before; a
  // second Start calls it again.
  ResourceDll::Started Start(const std::string& type, uint32_t min_version, uint32_t max_version);

  // FailedPrecondition with the reason also if the type's StartupEx fails.
  absl::StatusOr<HostCallPtr> Open(const std::string& resource, const OpenArguments& arguments);
  absl::StatusOr<HostCallPtr> Online(const std::string& resource, ResidChoice resid, const OnlineArguments& arguments);
  absl::StatusOr<HostCallPtr> Offline(const std::string& resource, ResidChoice resid,
                                      const OfflineArguments& arguments);
  absl::StatusOr<HostCallPtr> LooksAlive(const std::string& resource, ResidChoice resid);
  absl::StatusOr<HostCallPtr> IsAlive(const std::string& resource, ResidChoice resid);
  absl::StatusOr<HostCallPtr> Control(const std::string& resource, ResidChoice resid,
                                      const ControlArguments& arguments);
  absl::StatusOr<HostCallPtr> TypeControl(const std::string& type, const ControlArguments& arguments);
  absl::StatusOr<HostCallPtr> Terminate(const std::string& resource, ResidChoice resid);
  absl::StatusOr<HostCallPtr> Cancel(const std::string& resource, ResidChoice resid, uint32_t flags);
  absl::StatusOr<HostCallPtr> Close(const std::string& resource, ResidChoice resid);

  // Waits until the call is back; false after the deadlock timeout, which is a violation. From then on the host is
  // stuck: its destruction would wait for that call.
  bool Await(const HostCall& call);
  bool stuck() const;

  // Closes what is open, all at once; what is pending is terminated first. False if a call did not return.
  bool CloseAll();

  ResourceView View(const std::string& resource);
  // The names of the resources that are open.
  std::vector<std::string> OpenResources() const;
  // Waits until `holds` says yes of the resource; false after `timeout`. `view` is the last one looked at.
  bool WaitUntil(const std::string& resource, const std::function<bool(const ResourceView&)>& holds,
                 absl::Duration timeout, ResourceView* view);

  int violations() const;

 private:
  struct Resource;
  using Body = std::function<CallResult(Resource*, EntryPoints*, resapi::RESID)>;

  // CallbackReceiver
  void LogEvent(resapi::RESOURCE_HANDLE handle, resapi::LOG_LEVEL level, const std::string& format,
                const std::string& text) override;
  resapi::DWORD SetResourceStatusEx(resapi::RESOURCE_HANDLE handle, const resapi::RESOURCE_STATUS_EX* status) override;
  resapi::DWORD SetResourceLockedMode(resapi::RESOURCE_HANDLE handle, bool locked, resapi::DWORD reason) override;
  resapi::DWORD SignalFailure(resapi::RESOURCE_HANDLE handle, resapi::FAILURE_TYPE type,
                              resapi::DWORD application_code) override;
  resapi::DWORD SetResourceInMemoryNodeLocalProperties(resapi::RESOURCE_HANDLE handle, const resapi::BYTE* properties,
                                                       resapi::DWORD size) override;
  resapi::DWORD SetResourceLockedModeEx(resapi::RESOURCE_HANDLE handle, bool locked, resapi::DWORD reason,
                                        resapi::DWORD flags) override;
  resapi::DWORD UnsupportedCallback(int member) override;

  void ClusterFunctionCalled(const ClusterCall& call);

  absl::StatusOr<EntryPoints*> EntryPointsOf(const std::string& type);
  // Queues a call of `resource`, on its lane or, if `urgent`, on a thread of its own.
  absl::StatusOr<HostCallPtr> Queue(const std::string& resource, ResidChoice resid, bool urgent, Body body);
  CallResult RunOperation(Resource* resource, Operation operation, uint32_t flags,
                          const std::function<CallResult(const EntryPoints::Returned&)>& call);
  CallResult RunTerminate(Resource* resource, EntryPoints* entry_points, resapi::RESID resid, bool failed);
  CallResult RunIsAlive(Resource* resource, EntryPoints* entry_points, resapi::RESID resid);
  CallResult RunClose(Resource* resource, EntryPoints* entry_points, resapi::RESID resid);
  void FinishOpen(Resource* resource, const CallResult& result, absl::Duration pending_timeout);
  // The lock that calls of `entry_points` are serialised by beyond their resource; null: by none.
  absl::Mutex* SerialOf(const EntryPoints* entry_points) ABSL_LOCKS_EXCLUDED(mutex_);
  // Watches pending operations' time, and polls.
  void Watch();
  // When the next poll of an online resource is due; what is due is added to `looks` and `alive`.
  absl::Duration NextPoll(Resource* resource, absl::Duration now, std::vector<std::string>* looks,
                          std::vector<std::string>* alive) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PollLooksAlive(const std::string& resource) ABSL_LOCKS_EXCLUDED(mutex_);
  // What would become of RHS's process, once it has ended.
  std::string AfterTheEnd() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The resource a callback's handle names, or null after recording the violation.
  Resource* Called(resapi::RESOURCE_HANDLE handle, const char* callback) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Runs `event` on the rules of an open resource and carries out its verdict.
  Verdict Judge(Resource* resource, const std::function<Verdict(ResourceRules*)>& event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Apply(Resource* resource, const Verdict& verdict, resapi::CLUSTER_RESOURCE_STATE before)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Violation(const std::string& resource, const std::string& text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  ResourceView ViewOf(const std::string& resource) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const HostOptions options_;
  const ResourceDll* const dll_;
  ClusterRegistry* const registry_;
  Timeline* const timeline_;

  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool stuck_ ABSL_GUARDED_BY(mutex_) = false;
  int violations_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::unique_ptr<EntryPoints>> types_ ABSL_GUARDED_BY(mutex_);
  // By type, or one under null for the whole DLL.
  std::map<const EntryPoints*, absl::Mutex> serial_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::unique_ptr<Resource>> resources_ ABSL_GUARDED_BY(mutex_);
  // Handles given to OpenV2. A closed one stays, with null, to be told from one that never was.
  std::map<uintptr_t, Resource*> handles_ ABSL_GUARDED_BY(mutex_);
  uintptr_t next_handle_ ABSL_GUARDED_BY(mutex_) = 0x5248'0001;  // odd, so that it is no aligned address

  std::unique_ptr<CallbackScope> callbacks_;
  std::unique_ptr<ClusterCallScope> cluster_calls_;
  std::unique_ptr<CallLane> type_lane_;
  std::unique_ptr<CallThreads> urgent_calls_;
  std::thread watch_;
};

}  // namespace resource_broker::rhs_host
