// The operation engine: takes operations in, gives them to modules in the right order, and tells how they end.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/journal/journal.h"
#include "broker_service/metrics/operation_metrics.h"
#include "broker_service/operations/clock.h"
#include "broker_service/operations/module_gateway.h"
#include "broker_service/operations/operation.h"
#include "broker_service/operations/operation_watchers.h"
#include "broker_service/operations/resource_table.h"
#include "broker_service/operations/serial_queue.h"
#include "broker_service/operations/session_listener.h"
#include "broker_service/operations/throttles.h"
#include "resource_broker/v1/admin.pb.h"
#include "resource_broker/v1/queue.pb.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::broker {

// What is said to whoever asks a broker that hands over to the next one.
inline constexpr char kUpgrading[] = "the broker is being upgraded";

// As in BrokerConfig; see there for units, ranges and defaults.
struct EngineOptions {
  uint32_t max_resources = 20000;
  ThrottleLimits running;
  uint32_t max_pending_operations = 20000;
  absl::Duration module_terminate = absl::Seconds(10);
  absl::Duration queue_retry = absl::Milliseconds(500);
  absl::Duration queue_retry_max = absl::Seconds(30);
  absl::Duration journal_retry = absl::Milliseconds(500);
  // queue.mode "cluster": what QUEUE_ENABLED would let wait is refused with the flag that says why.
  bool queue_by_cluster = false;
  // restore.report "failed".
  bool report_restored_as_failed = false;
  // Which flags the cluster can mean; see DecodeFlags.
  uint32_t windows_build = std::numeric_limits<uint32_t>::max();
};

// Must outlive the engine; see each for its threads. There may be no `metrics`.
struct EngineParts {
  Journal* journal = nullptr;
  ModuleGateway* gateway = nullptr;
  Clock* clock = nullptr;
  Timers* timers = nullptr;
  OperationWatchers* watchers = nullptr;
  OperationMetrics* metrics = nullptr;
};

// What the broker knows of a resource.
struct ResourceView {
  v1::ResourceState state = v1::RESOURCE_OFFLINE;
  std::optional<v1::Health> health;
  bool locked = false;
};

// Which resources are shown: the first `limit` by name, after the one that is named `after`.
struct ResourceFilter {
  std::string after;
  std::string module;
  std::set<v1::ResourceState> states;
  bool locked_only = false;
  size_t limit = std::numeric_limits<size_t>::max();
};

struct ResourceCounts {
  uint32_t known = 0;
  uint32_t open = 0;
};

// Where a watcher begins.
struct WatchBegin {
  // Every operation that is under way, with the events that were published before the watcher came.
  std::vector<WatchHistory> under_way;
  // Those that had ended by then and are not in `under_way` are the journal's, up to this end.
  uint64_t last_end = 0;
};

struct OperationCounts {
  uint32_t queued = 0;
  uint32_t running = 0;
  uint64_t ended = 0;
};

// Thread-safe. No call blocks, except Recover, and where it reads of an ended operation from the disk. Callbacks,
// listeners, the gateway and the journal are called in the order things were decided, one at a time, without locks;
// they must not block.
class OperationEngine : public ModuleListener, public std::enable_shared_from_this<OperationEngine> {
 public:
  static std::shared_ptr<OperationEngine> Create(const EngineOptions& options, const EngineParts& parts);

  // Takes over what the journal kept from the broker before. Call it first. What had not been given to a module waits
  // for its turn again. What a module may have had goes on where the module's process is still there and knows it;
  // where not, it is repeated if the module is idempotent, and has FAILED (1067) if not.
  absl::Status Recover();

  // `session` now has the resource open, and `listener` hears of its health and locks. ResourceExhausted.
  absl::StatusOr<ResourceView> OpenResource(ResourceSpec spec, const std::string& session,
                                            std::shared_ptr<SessionListener> listener);

  // A pending operation is terminated first. `done` is called when that is so, at the latest after module_terminate.
  // Nothing happens to a resource that is not open, or open in another session.
  void CloseResource(const std::string& resource, const std::string& session, std::function<void()> done);

  // Closes all that `session` has open; what runs goes on to its end.
  void CloseSession(const std::string& session);

  // Starts an operation, or resumes the known one of the same id; as StartOperation of the bridge contract. `done` gets
  // the durable events after `last_sequence`; every later one goes to `listener`, until the operation ends or is
  // resumed with another listener. Errors: NotFound (the resource is not open), ResourceExhausted (also where
  // the journal takes no write), InvalidArgument (the id is another operation's, or last_sequence is of the future).
  void Start(std::shared_ptr<const v1::OperationRequest> request, uint64_t last_sequence,
             std::shared_ptr<SessionListener> listener, StartDone done);

  // NotFound for an operation that never was, or is forgotten; nothing happens if it has ended. May read the disk.
  absl::Status Cancel(const std::string& operation_id, uint32_t flags);

  // Ends what waits, tells the module to end what runs, and makes the resource unavailable. `done` is called when that
  // is so, at the latest after module_terminate.
  void Terminate(const std::string& resource, const std::string& reason, std::function<void()> done);

  // An administrator's lock, or its end: it holds beside the module's own, and outlives the broker. `done` is told when
  // it is durable and in force. NotFound: the resource is not known; else the journal's error.
  void SetAdminLock(const std::string& resource, bool locked, const std::string& reason,
                    std::function<void(absl::Status)> done);

  // `watcher` hears every event that is published from now on, of one operation and one resource if not empty. With
  // `from_start` the events that exist come first: of operations that have not ended, and of `operation_id` in any
  // case. It is forgotten when its last owner lets go of it. NotFound: there is no such operation.
  absl::Status Watch(const std::string& operation_id, const std::string& resource, bool from_start,
                     const std::shared_ptr<OperationWatcher>& watcher);

  // As Watch, for whoever puts together what came before by himself: `watcher` hears every event that is published
  // after what this returns, perhaps before it returns.
  WatchBegin BeginWatch(const std::string& operation_id, const std::string& resource,
                        const std::shared_ptr<OperationWatcher>& watcher);

  // Whether it has not ended, or its end is not told to everybody yet.
  bool UnderWay(const std::string& operation_id);

  // See PauseQueue and ResumeQueue. `done` is told when it is durable and in force, or the journal's error.
  void SetPause(bool paused, const std::string& reason, std::function<void(absl::Status)> done);

  // Other limits than the configuration's; nullopt: those. Who finds room now begins.
  void SetLimits(const std::optional<ThrottleLimits>& limits);
  // The configuration's are others now, and in force.
  void SetConfiguredLimits(const ThrottleLimits& limits);

  // No operation of `module` begins until ReleaseModule: whatever its flags say, it waits. `idle` is called, once, when
  // the module has nothing in hand; never after ReleaseModule has returned, unless it is under way by then.
  void HoldModule(const std::string& module, std::function<void()> idle);
  void ReleaseModule(const std::string& module);

  // The module of an open resource, and in which session it is open; nullopt where it is not.
  struct OpenResourceView {
    std::string session;
    std::string module;
    std::string resource_type;
  };
  std::optional<OpenResourceView> FindOpen(const std::string& resource);

  // For good: nothing new is taken in (Unavailable) or given to modules, and progress is left to the next broker,
  // whom modules tell again. `done` is called when all that was decided is durable and each module has confirmed
  // what it was given; never, if a module does not. What no module has by then waits (QUEUED) for the next broker.
  void HandOver(std::function<void()> done);

  // For display: resources by name, and the operations by what they do.
  std::vector<v1::ResourceStatus> Resources(const ResourceFilter& filter = {});
  std::optional<v1::ResourceStatus> FindKnown(const std::string& resource);
  ResourceCounts CountResources();
  v1::QueueStatus Queue();
  PauseRecord Pause();
  std::map<std::string, uint32_t> OpenResourcesBySession();
  OperationCounts Counts();

  void OnNotification(const std::string& module, const v1::ModuleNotification& notification) override;
  void OnModuleLost(const std::string& module, const std::vector<std::string>& resources) override;

 private:
  class Turn;
  class RunListener;

  OperationEngine(const EngineOptions& options, const EngineParts& parts)
      : options_(options),
        parts_(parts),
        resources_(options.max_resources, [this](const std::string& resource) { ForgetState(resource); }),
        throttles_(options.running),
        configured_limits_(options.running) {}

  // Operations entering (operation_engine.cc).
  absl::Status Admit(const v1::OperationRequest& request, Operation** operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status RecoverResources(const std::vector<ResourceRecord>& records) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Operation* Add(std::shared_ptr<const v1::OperationRequest> request, uint64_t known_events, Resource* resource)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Resume(const v1::OperationRequest& request, Operation* operation, uint64_t last_sequence,
                      std::shared_ptr<SessionListener> listener, StartDone& done) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Whether the journal knows it as ended, and `done` has been told; not under the lock.
  bool AnswerEnded(const std::string& id, uint64_t last_sequence, const StartDone& done);
  Resource* ResourceOf(const Operation& operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Whose turn it is (engine_schedule.cc).
  void Schedule(Resource* resource) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Whether what can't be done now waits here; else it is refused.
  bool MayQueue(const Operation& operation) const;
  void Wait(Operation* operation, std::string what_for) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // All but `first` that wait for nothing else.
  void WaitBehind(const Operation* first, Resource* resource) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void WaitForPlace(Operation* operation, Resource* resource, const Throttles::Block& block)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Refuse(Operation* operation, Resource* resource, uint32_t status_flag, const std::string& why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TakePlace(Operation* operation, Resource* resource) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void BeginRun(Operation* operation, Resource* resource) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Serve(const Throttles::Waiter& waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ReleaseRun(Resource* resource) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Postpone(Operation* operation, absl::Duration wait, const std::string& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // The queue as a whole (engine_pause.cc).
  std::string PauseMessage() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void RefusePaused(Resource* resource) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ScheduleAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnPauseSaved(const PauseRecord& record);
  void TellModulesIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // What modules answer (engine_runs.cc).
  void OnRunBegin(const std::string& operation_id, const std::string& resource, uint64_t run,
                  const std::string& module);
  void OnRunProgress(const std::string& operation_id, const std::string& resource, uint64_t run, uint64_t step,
                     const v1::ExecuteEvent::Progress& progress);
  void OnRunEnd(const std::string& operation_id, const std::string& resource, uint64_t run, ExecutionEnd end);
  void ResumeRun(Operation* operation, Resource* resource, bool may_repeat) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ResumeRestore(Operation* operation, Resource* resource, const v1::Event& begun)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void GiveToModule(Operation* operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void AddProgress(Operation* operation, uint64_t step, const v1::ExecuteEvent::Progress& progress)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void FlushProgress(Operation* operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void EndRun(Operation* operation, Resource* resource, ExecutionEnd end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void EndWithResult(Operation* operation, Resource* resource, ExecutionEnd end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void EndRestore(Operation* operation, Resource* resource, const ExecutionEnd& end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void NotNow(Operation* operation, Resource* resource, const ExecutionEnd& end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Fail(Operation* operation, Resource* resource, ExecutionEnd end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Locks, and what modules tell unasked (engine_locks.cc).
  void TellLock(Resource* resource, std::string message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnAdminLockSaved(const ResourceRecord& record, const absl::Status& status);
  bool HoldsBack(const Resource& resource, const v1::ModuleNotification::Failure& failure) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Early ends (engine_stop.cc).
  void CancelLocked(Operation* operation, uint32_t flags) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TerminateLocked(Resource* resource, const std::string& reason, std::function<void()> done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnTerminated(const std::string& resource, const absl::Status& status);
  void TellIdle(Resource* resource) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CloseAtModule(Resource* resource) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // To the next broker (engine_hand_over.cc).
  void OnRunTaken(const std::string& operation_id);
  void TakeBack(Operation* operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void NoteSettled(const std::string& operation_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnRunEndInHandOver(const std::string& operation_id, ExecutionEnd::Kind kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // From decided to told (engine_publish.cc).
  struct Outcome {
    v1::EventKind kind = v1::FAILED;
    // What the resource is now, and what RHS is told it is where that differs.
    v1::ResourceState state = v1::RESOURCE_FAILED;
    uint32_t win32_code = 0;
    uint32_t module_code = 0;
    uint32_t status_flags = 0;
    std::string message;
    std::optional<v1::ResourceState> reported_state = std::nullopt;
  };
  void AddEvent(Operation* operation, v1::EventKind kind, std::string message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Finish(Operation* operation, Resource* resource, Outcome outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void MarkDirty(Operation* operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What the resource is, outside an operation's end.
  void SaveState(const Resource& resource) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ForgetState(const std::string& resource);
  void SaveDirty() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnSaved(const std::string& operation_id, size_t count, const absl::Status& status);
  void NoteSaved(const std::string& operation_id, size_t count, const absl::Status& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Publish(Operation* operation, size_t count) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void AnswerAsEnded(Operation* operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Drop(Operation* operation, const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Retire(Operation* operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Those who look on (engine_watch.cc).
  void WatchLive(const std::string& operation_id, const std::string& resource, bool from_start,
                 const std::shared_ptr<OperationWatcher>& watcher) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::vector<WatchHistory> UnderWayWithEvents() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Runs `task` on this engine, if it still is, after `delay`.
  Timers::Id Later(absl::Duration delay, std::function<void(OperationEngine*)> task);

  const EngineOptions options_;
  const EngineParts parts_;

  absl::Mutex mu_;
  ResourceTable resources_ ABSL_GUARDED_BY(mu_);
  // Those that have not ended, or whose end is not durable yet.
  absl::flat_hash_map<std::string, std::unique_ptr<Operation>> operations_ ABSL_GUARDED_BY(mu_);
  Throttles throttles_ ABSL_GUARDED_BY(mu_);
  ThrottleLimits configured_limits_ ABSL_GUARDED_BY(mu_);
  PauseRecord pause_ ABSL_GUARDED_BY(mu_);
  // With whom to tell when they have nothing in hand; null once told.
  absl::flat_hash_map<std::string, std::function<void()>> held_modules_ ABSL_GUARDED_BY(mu_);
  uint64_t last_run_ ABSL_GUARDED_BY(mu_) = 0;
  // With new events that are to be saved at the end of the turn.
  std::vector<std::string> dirty_ ABSL_GUARDED_BY(mu_);
  // Flag bits nobody acts on, each logged once.
  uint32_t strange_bits_seen_ ABSL_GUARDED_BY(mu_) = 0;
  bool handing_over_ ABSL_GUARDED_BY(mu_) = false;
  // Operations it still waits for, and whom it tells.
  std::set<std::string> unsettled_ ABSL_GUARDED_BY(mu_);
  std::function<void()> when_settled_ ABSL_GUARDED_BY(mu_);
  SerialQueue out_;
};

// Holds the engine's lock; at its end saves what is new, releases the lock and then tells everybody.
class ABSL_SCOPED_LOCKABLE OperationEngine::Turn {
 public:
  explicit Turn(OperationEngine* engine) ABSL_EXCLUSIVE_LOCK_FUNCTION(engine->mu_) : engine_(engine) {
    engine_->mu_.Lock();
  }
  ~Turn() ABSL_UNLOCK_FUNCTION() {
    engine_->SaveDirty();
    engine_->mu_.Unlock();
    engine_->out_.Run();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  OperationEngine* const engine_;
};

}  // namespace resource_broker::broker
