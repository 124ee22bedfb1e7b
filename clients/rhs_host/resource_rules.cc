#include "clients/rhs_host/resource_rules.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/names/names.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

using resapi::CLUSTER_RESOURCE_STATE;
using resapi::RESOURCE_STATUS_EX;

const char* EntryPoint(Operation operation) { return operation == Operation::kOnline ? "OnlineV2" : "OfflineV2"; }

CLUSTER_RESOURCE_STATE PendingState(Operation operation) {
  return operation == Operation::kOnline ? resapi::ClusterResourceOnlinePending : resapi::ClusterResourceOfflinePending;
}

CLUSTER_RESOURCE_STATE DoneState(Operation operation) {
  return operation == Operation::kOnline ? resapi::ClusterResourceOnline : resapi::ClusterResourceOffline;
}

bool IsFinal(int32_t state) {
  return state == resapi::ClusterResourceOnline || state == resapi::ClusterResourceOffline ||
         state == resapi::ClusterResourceFailed;
}

// What a resource answers that does not want to go, by name.
bool IsRefusal(uint32_t code) {
  return code == win32::kClusterResourceLockedStatus || code == win32::kClusterResourceVetoedCall;
}

constexpr uint32_t kRefusalFlags =
    resapi::CLUSRESDLL_STATUS_OFFLINE_BUSY | resapi::CLUSRESDLL_STATUS_OFFLINE_SOURCE_THROTTLED |
    resapi::CLUSRESDLL_STATUS_OFFLINE_DESTINATION_THROTTLED | resapi::CLUSRESDLL_STATUS_OFFLINE_DESTINATION_REJECTED;

bool IsPending(int32_t state) {
  return state == resapi::ClusterResourceOnlinePending || state == resapi::ClusterResourceOfflinePending;
}

}  // namespace

ResourceRules::ResourceRules(absl::Duration pending_timeout, const Assumptions& assumptions)
    : pending_timeout_(pending_timeout), assumptions_(assumptions) {}

const char* ResourceRules::OperationName() const { return EntryPoint(operation_); }

Verdict ResourceRules::OperationCalled(Operation operation, uint32_t flags) {
  Verdict verdict;
  if (operation == Operation::kOffline && locked_ &&
      (flags & resapi::CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS) == 0) {
    verdict.notes.push_back("RHS would not have called OfflineV2: the resource is in locked mode");
  }
  in_call_ = true;
  if (phase_ == Phase::kPending) {
    verdict.notes.push_back(
        absl::StrCat("RHS would not have called ", EntryPoint(operation), ": ", OperationName(), " is pending"));
    stray_call_ = true;
    stray_operation_ = operation;
    return verdict;
  }
  operation_ = operation;
  phase_ = Phase::kCalled;
  told_to_stop_ = false;
  overdue_ = false;
  reports_ = 0;
  final_reports_ = 0;
  last_report_ = {};
  return verdict;
}

Verdict ResourceRules::OperationReturned(uint32_t code, absl::Duration now) {
  Verdict verdict;
  in_call_ = false;
  if (stray_call_) {
    stray_call_ = false;
    // Refused: the operation before goes on. Anything else has taken its place.
    if (phase_ == Phase::kPending && code != win32::kSuccess && code != win32::kIoPending) return verdict;
    operation_ = stray_operation_;
    if (phase_ == Phase::kPending) phase_ = Phase::kCalled;
    reports_ = final_reports_ = 0;
  }
  last_sign_ = now;
  if (phase_ == Phase::kTerminated) return verdict;
  if (code == win32::kIoPending) {
    if (phase_ == Phase::kEnded) return verdict;  // the worker was faster than the entry point
    phase_ = Phase::kPending;
    state_ = PendingState(operation_);
    return verdict;
  }
  if (reports_ > 0) {
    verdict.violations.push_back(absl::StrFormat("%s returned %s after %d report(s); only 997 may come with reports",
                                                 OperationName(), names::FormatWin32(code), reports_));
  }
  phase_ = Phase::kEnded;
  if (code == win32::kSuccess) {
    state_ = DoneState(operation_);
  } else if (assumptions_.refusal_is_veto && operation_ == Operation::kOffline && IsRefusal(code)) {
    state_ = resapi::ClusterResourceOnline;
    verdict.notes.push_back(absl::StrCat("OfflineV2 refused with ", names::FormatWin32(code), ", taken for a veto"));
  } else {
    state_ = resapi::ClusterResourceFailed;
    verdict.terminate_because = absl::StrCat(OperationName(), " failed with ", names::FormatWin32(code));
  }
  return verdict;
}

Verdict ResourceRules::Reported(const RESOURCE_STATUS_EX& status, absl::Duration now) {
  if (phase_ == Phase::kTerminated) return TerminatedReported();
  if (phase_ != Phase::kCalled && phase_ != Phase::kPending) return UnexpectedReport();
  Verdict verdict;
  if (phase_ == Phase::kCalled && reports_ == 0) {
    verdict.notes.push_back(absl::StrCat("reported before ", OperationName(), " returned"));
  }
  Accept(status, now, &verdict);
  return verdict;
}

Verdict ResourceRules::TerminatedReported() {
  Verdict verdict;
  verdict.answer = resapi::ResourceExitStateTerminate;
  if (told_to_stop_) {
    verdict.violations.push_back("reported again after SetResourceStatusEx had answered Terminate");
  } else if (terminates_ == 0 && !in_call_) {
    verdict.violations.push_back("reported after Terminate had returned");
  }
  told_to_stop_ = true;
  return verdict;
}

Verdict ResourceRules::UnexpectedReport() {
  Verdict verdict;
  verdict.violations.push_back(final_reports_ > 0 ? "reported again after the final report"
                                                  : "reported while no operation is pending");
  return verdict;
}

void ResourceRules::Accept(const RESOURCE_STATUS_EX& status, absl::Duration now, Verdict* verdict) {
  const int32_t state = status.ResourceState;
  if (IsPending(state)) {
    if (state != PendingState(operation_)) {
      verdict->violations.push_back(absl::StrCat("reported ", names::StateName(state), " during ", OperationName()));
    }
    if (reports_ > 0 && status.CheckPoint <= last_report_.CheckPoint) {
      verdict->violations.push_back(absl::StrFormat("CheckPoint went from %u to %u: RHS sees no progress",
                                                    last_report_.CheckPoint, status.CheckPoint));
    }
    if (assumptions_.busy_report_ends && operation_ == Operation::kOffline && (status.Flags & kRefusalFlags) != 0) {
      state_ = resapi::ClusterResourceOnline;
      phase_ = Phase::kEnded;
      verdict->notes.push_back("a report with a refusal's flag, taken for the operation's end");
    }
  } else if (IsFinal(state)) {
    if (operation_ == Operation::kOnline && state == resapi::ClusterResourceOffline) {
      verdict->violations.push_back("OnlineV2 ended with the final state Offline");
    }
    state_ = status.ResourceState;
    phase_ = Phase::kEnded;
    ++final_reports_;
    if (state == resapi::ClusterResourceFailed) {
      verdict->terminate_because = absl::StrFormat("%s ended Failed, ApplicationSpecificErrorCode %s", OperationName(),
                                                   names::FormatWin32(status.ApplicationSpecificErrorCode));
    }
  } else {
    verdict->violations.push_back(absl::StrCat("reported ", names::StateName(state), ", which no report may carry"));
  }
  ++reports_;
  last_report_ = status;
  last_sign_ = now;
  overdue_ = false;
}

Verdict ResourceRules::IsAliveReturned(bool alive) {
  Verdict verdict;
  if (alive || state_ != resapi::ClusterResourceOnline || in_call_) return verdict;
  state_ = resapi::ClusterResourceFailed;
  verdict.terminate_because = "IsAlive answered FALSE";
  return verdict;
}

void ResourceRules::TerminateCalled(bool failed) {
  ++terminates_;
  told_to_stop_ = false;
  if (phase_ == Phase::kCalled || phase_ == Phase::kPending) phase_ = Phase::kTerminated;
  state_ = failed ? resapi::ClusterResourceFailed : resapi::ClusterResourceOffline;
}

void ResourceRules::TerminateReturned() { --terminates_; }

std::optional<absl::Duration> ResourceRules::deadline() const {
  if (phase_ != Phase::kPending || overdue_) return std::nullopt;
  return last_sign_ + pending_timeout_;
}

Verdict ResourceRules::PendingTimeoutPassed() {
  Verdict verdict;
  overdue_ = true;
  verdict.violations.push_back(
      absl::StrFormat("no report within PendingTimeout (%d ms): RHS would have called Terminate here",
                      absl::ToInt64Milliseconds(pending_timeout_)));
  verdict.terminate_because = absl::StrCat(OperationName(), " exceeded PendingTimeout");
  return verdict;
}

}  // namespace resource_broker::rhs_host
