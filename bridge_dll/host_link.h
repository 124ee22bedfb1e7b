// One resource's line to RHS: every callback that is made for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "bridge_dll/host_callbacks.h"
#include "bridge_dll/report_schedule.h"
#include "bridge_dll/reporter.h"
#include "bridge_dll/resapi.h"
#include "bridge_dll/steady_time.h"

namespace resource_broker::bridge {

// Callbacks are wished for by any thread and made one at a time on the reporter's, without a lock held, in this order:
// log entries, the lock, a failure, a report. Only LogNow and ReleaseLock call the host on the caller's thread.
class HostLink : public Scheduled, public std::enable_shared_from_this<HostLink> {
 public:
  // Log entries wait up to this many; of more, only the number is logged.
  static constexpr size_t kMaxWaitingEntries = 64;

  HostLink(const HostCallbacks& host, resapi::RESOURCE_HANDLE handle) : host_(host), handle_(handle) {}

  // `terminated(operation id)` runs, without a lock, when the host answers a report with ResourceExitStateTerminate.
  // Set before the first operation.
  void OnTerminated(std::function<void(const std::string&)> terminated);

  // Not to be called with a lock held.
  void LogNow(resapi::LOG_LEVEL level, absl::string_view text);
  void Log(resapi::LOG_LEVEL level, absl::string_view text);

  void SetLocked(bool locked, uint32_t reason);
  void SignalFailure(uint32_t failure_type, uint32_t application_error);

  // The entry point of this operation is about to return 997: reports follow, as ReportSchedule has it.
  void Pend(const std::string& operation_id, v1::OperationKind kind, std::chrono::milliseconds pending_timeout);
  void Progress(const std::string& operation_id);
  void End(const std::string& operation_id, const resapi::RESOURCE_STATUS_EX& status);
  // Whether an operation's final report is still to be made.
  bool pending() const;

  // No report of the operation is made any more; waits for a callback that is under way, at most until `deadline`, and
  // not on the reporter's thread, which is inside that very callback.
  void Silence(SteadyTime deadline);
  // The host is told that the resource is free, if it was told that it is locked.
  void ReleaseLock();
  // No callback at all is made any more; waits like Silence.
  void Close(SteadyTime deadline);

  SteadyTime Run(SteadyTime now) override;

 private:
  struct Entry {
    resapi::LOG_LEVEL level;
    std::string text;
  };
  struct Lock {
    bool locked;
    uint32_t reason;
  };
  struct Failure {
    uint32_t type;
    uint32_t application_error;
  };
  struct Operation {
    std::string id;
    ReportSchedule reports;
  };

  // The callback that is next, to be made without the lock; empty if none is due.
  std::function<void()> Next(SteadyTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::function<void()> NextReport(SteadyTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellLock(Lock lock) ABSL_LOCKS_EXCLUDED(mutex_);
  void WaitForCallback(SteadyTime deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeAt(SteadyTime at) { Reporter::Get().Wake(shared_from_this(), at); }

  const HostCallbacks host_;
  const resapi::RESOURCE_HANDLE handle_;

  mutable absl::Mutex mutex_;
  std::function<void(const std::string&)> terminated_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool in_callback_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  uint32_t entries_dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<Lock> lock_ ABSL_GUARDED_BY(mutex_);
  bool told_locked_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<Failure> failure_ ABSL_GUARDED_BY(mutex_);
  std::optional<Operation> operation_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::bridge
