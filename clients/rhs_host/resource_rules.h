// What RHS makes of one resource's calls and reports: its state, and whether the contract was kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "bridge_dll/resapi.h"
#include "clients/rhs_host/assumptions.h"

namespace resource_broker::rhs_host {

enum class Operation { kOnline, kOffline };

// What follows from an event.
struct Verdict {
  // What SetResourceStatusEx answers; only from Reported.
  resapi::RESOURCE_EXIT_STATE answer = resapi::ResourceExitStateContinue;
  // Rules that were broken, for people.
  std::vector<std::string> violations;
  // Unusual, but allowed.
  std::vector<std::string> notes;
  // RHS calls Terminate now, for this reason. Empty: it does not.
  std::string terminate_because;
};

// One resource from OpenV2 to Close. Times are since any fixed moment. Not thread-safe; the owner locks.
//
// After a 997 the host itself sets OnlinePending or OfflinePending; a pending state ends with one final report (Online,
// Offline or Failed) or by Terminate. Every report restarts the PendingTimeout clock (resapi.md 3.2, 4.1).
class ResourceRules {
 public:
  explicit ResourceRules(absl::Duration pending_timeout, const Assumptions& assumptions = {});

  // OnlineV2 or OfflineV2 is called now, with these flags, and returned with a code.
  Verdict OperationCalled(Operation operation, uint32_t flags);
  Verdict OperationReturned(uint32_t code, absl::Duration now);

  Verdict Reported(const resapi::RESOURCE_STATUS_EX& status, absl::Duration now);

  // IsAlive answered. RHS fails an online resource that says no.
  Verdict IsAliveReturned(bool alive);

  void LockedModeSet(bool locked) { locked_ = locked; }

  // Terminate is called, `failed` if that is because something went wrong and not at the script's wish; and returned.
  void TerminateCalled(bool failed);
  void TerminateReturned();

  // When a pending operation will have been silent for too long; nothing while none is pending, and after
  // PendingTimeoutPassed until the next report.
  std::optional<absl::Duration> deadline() const;
  // `deadline` has passed.
  Verdict PendingTimeoutPassed();

  resapi::CLUSTER_RESOURCE_STATE state() const { return state_; }
  // Whether an operation returned 997 and has not ended.
  bool pending() const { return phase_ == Phase::kPending; }
  bool locked() const { return locked_; }
  // Of the latest operation: its reports, those among them with a final state, and the last one.
  int reports() const { return reports_; }
  int final_reports() const { return final_reports_; }
  const resapi::RESOURCE_STATUS_EX& last_report() const { return last_report_; }

 private:
  enum class Phase {
    kIdle,        // no operation yet
    kCalled,      // the entry point has not returned
    kPending,     // it returned 997
    kEnded,       // by a return code or a final report
    kTerminated,  // by Terminate
  };

  Verdict TerminatedReported();
  Verdict UnexpectedReport();
  void Accept(const resapi::RESOURCE_STATUS_EX& status, absl::Duration now, Verdict* verdict);
  const char* OperationName() const;

  const absl::Duration pending_timeout_;
  const Assumptions assumptions_;
  resapi::CLUSTER_RESOURCE_STATE state_ = resapi::ClusterResourceOffline;
  Phase phase_ = Phase::kIdle;
  Operation operation_ = Operation::kOnline;
  // OnlineV2 or OfflineV2 has not returned, whatever the phase is by now.
  bool in_call_ = false;
  // The call under way came while another operation was pending; that one is kept until this returns.
  bool stray_call_ = false;
  Operation stray_operation_ = Operation::kOnline;
  // Terminate calls that have not returned.
  int terminates_ = 0;
  // A report was answered with Terminate.
  bool told_to_stop_ = false;
  bool locked_ = false;
  bool overdue_ = false;
  int reports_ = 0;
  int final_reports_ = 0;
  resapi::RESOURCE_STATUS_EX last_report_ = {};
  absl::Duration last_sign_;
};

}  // namespace resource_broker::rhs_host
