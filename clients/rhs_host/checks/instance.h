// One resource that a check has opened, and everything the DLL says of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "bridge_dll/resapi.h"
#include "clients/rhs_host/checks/given_handle.h"
#include "clients/rhs_host/entry_points.h"

namespace resource_broker::rhs_host {

class Subject;

// Where a resource is between its calls, as far as its reports are concerned.
enum class Phase {
  kIdle,        // opened, and no operation yet
  kCalled,      // OnlineV2 or OfflineV2 has not returned
  kPending,     // it returned 997, and no final report has come
  kEnded,       // it returned another code, or a final report has come
  kTerminated,  // Terminate was called, or a report was answered with it
  kClosed,
};

struct ReportSeen {
  resapi::RESOURCE_STATUS_EX status;
  // Before it.
  Phase phase;
  absl::Duration time;
  // A final state, and not the first of its operation.
  bool extra_final;
};

// How an operation ended.
struct Ended {
  CallResult call;
  // The state it led to; absent: 997, and then no final report within the pending timeout.
  std::optional<resapi::CLUSTER_RESOURCE_STATE> state;
  // All of its reports.
  std::vector<ReportSeen> reports;

  bool Is(resapi::CLUSTER_RESOURCE_STATE wanted) const { return state == wanted; }
};

// Every call runs on a thread of its own, as RHS may do it, and is bounded: one that does not return ends the check's
// process, and so does an exception. Nothing follows from anything: a check that wants Terminate calls it. Any thread,
// but one of Online, Offline and Settle at a time.
class Instance {
 public:
  Instance(Subject* subject, std::string name) : subject_(subject), name_(std::move(name)) {}

  // OnlineV2 and OfflineV2, and what came of them.
  Ended Online(const OnlineArguments& arguments = {});
  Ended Offline(const OfflineArguments& arguments = {});
  // The call alone; Settle waits for the rest.
  CallResult StartOnline(const OnlineArguments& arguments = {});
  CallResult StartOffline(const OfflineArguments& arguments = {});
  Ended Settle(CallResult call);
  // OfflineV2 as RHS calls it: of a resource in locked mode only with the flag that ignores it.
  Ended OfflineAsRhs();

  CallResult Terminate();
  CallResult Cancel(uint32_t flags = 0);
  bool LooksAlive();
  bool IsAlive();
  CallResult Control(const ControlArguments& arguments);
  // With everything RHS does before it: a resource that may still run is terminated.
  void TerminateAndClose();
  CallResult Close();

  const std::string& name() const { return name_; }
  resapi::RESID resid() const { return resid_; }

  Phase phase() const;
  bool locked() const;
  // SetResourceLockedMode calls so far.
  int lock_calls() const;
  // Of the operation that began last; those before any are in idle_reports.
  std::vector<ReportSeen> reports() const;
  std::vector<ReportSeen> idle_reports() const;
  // Callbacks with its handle after Close.
  std::vector<std::string> late_callbacks() const;

  // From now on every report is answered ResourceExitStateTerminate.
  void AnswerTerminate();
  // From now on SetResourceLockedMode is answered with this code, and has no effect.
  void FailLockedMode(uint32_t code);
  // The next report does not return until ReleaseReport. AwaitHeld waits for it; false if the operation ends without
  // one, or after the pending timeout.
  void HoldReport();
  bool AwaitHeld();
  void ReleaseReport();
  // Waits until `reports` reports of the latest operation have come; false after the pending timeout.
  bool AwaitReports(size_t reports);

 private:
  friend class Subject;

  void Begin();
  void Returned(uint32_t code);
  // Callbacks.
  void NoteCallback(const char* callback);
  resapi::DWORD Report(const resapi::RESOURCE_STATUS_EX& status, absl::Duration now);
  resapi::DWORD Lock(bool locked);

  Subject* const subject_;
  const std::string name_;
  // Since Open.
  resapi::RESID resid_ = nullptr;
  resapi::RESOURCE_HANDLE handle_ = nullptr;
  // What handle_ is of, if it is more than a number.
  std::unique_ptr<GivenHandle> given_;
  resapi::HKEY key_ = nullptr;

  mutable absl::Mutex mutex_;
  Phase phase_ ABSL_GUARDED_BY(mutex_) = Phase::kIdle;
  bool online_ ABSL_GUARDED_BY(mutex_) = false;
  bool operation_is_online_ ABSL_GUARDED_BY(mutex_) = false;
  bool any_operation_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<resapi::CLUSTER_RESOURCE_STATE> final_ ABSL_GUARDED_BY(mutex_);
  absl::Duration last_sign_ ABSL_GUARDED_BY(mutex_);
  std::vector<ReportSeen> reports_ ABSL_GUARDED_BY(mutex_);
  std::vector<ReportSeen> idle_reports_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> late_callbacks_ ABSL_GUARDED_BY(mutex_);
  bool locked_ ABSL_GUARDED_BY(mutex_) = false;
  int lock_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  bool answer_terminate_ ABSL_GUARDED_BY(mutex_) = false;
  uint32_t lock_failure_ ABSL_GUARDED_BY(mutex_) = 0;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace resource_broker::rhs_host
