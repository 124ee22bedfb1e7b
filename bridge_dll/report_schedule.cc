#include "bridge_dll/report_schedule.h"

#include <algorithm>

#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bridge {
namespace {

resapi::CLUSTER_RESOURCE_STATE FinalState(v1::OperationKind kind, const v1::FinalReport& report,
                                          v1::EventKind outcome) {
  if (outcome == v1::SUCCEEDED) {
    return kind == v1::ONLINE ? resapi::ClusterResourceOnline : resapi::ClusterResourceOffline;
  }
  switch (report.state()) {
    case v1::RESOURCE_ONLINE:
      return resapi::ClusterResourceOnline;
    case v1::RESOURCE_OFFLINE:
      // An end that RHS does not know of OnlineV2.
      return kind == v1::ONLINE ? resapi::ClusterResourceFailed : resapi::ClusterResourceOffline;
    default:
      return resapi::ClusterResourceFailed;
  }
}

}  // namespace

resapi::RESOURCE_STATUS_EX FinalStatus(v1::OperationKind kind, const v1::FinalReport& report, v1::EventKind outcome) {
  resapi::RESOURCE_STATUS_EX status{};
  status.ResourceState = FinalState(kind, report, outcome);
  status.ApplicationSpecificErrorCode = report.module_code() != 0 ? report.module_code() : report.win32_code();
  status.Flags = report.status_flags();
  if (outcome == v1::SUCCEEDED) return status;
  const bool refused = outcome == v1::REFUSED;
  if (status.ApplicationSpecificErrorCode == 0) {
    status.ApplicationSpecificErrorCode = refused ? win32::kClusterResourceLockedStatus : win32::kResourceFailed;
  }
  if (refused && status.Flags == 0) status.Flags = resapi::CLUSRESDLL_STATUS_OFFLINE_BUSY;
  return status;
}

// A quarter, so that each third of the timeout has a report even where a timer is late.
ReportSchedule::ReportSchedule(v1::OperationKind kind, std::chrono::milliseconds pending_timeout)
    : kind_(kind), interval_(std::clamp(pending_timeout / 4, std::chrono::milliseconds(1), kMaxInterval)) {}

void ReportSchedule::Pended(SteadyTime now) {
  opens_ = now + std::min(kReturnDelay, interval_);
  last_report_ = now;
}

void ReportSchedule::Ended(const resapi::RESOURCE_STATUS_EX& final_status) {
  if (!final_.has_value()) final_ = final_status;
}

SteadyTime ReportSchedule::due() const {
  if (opens_ == kNever || finished_) return kNever;
  if (final_.has_value()) return opens_;
  const SteadyTime wish =
      last_report_ + (progressed_ ? std::min<std::chrono::milliseconds>(kProgressInterval, interval_) : interval_);
  return std::max(opens_, progressed_ && checkpoint_ == 0 ? opens_ : wish);
}

std::optional<resapi::RESOURCE_STATUS_EX> ReportSchedule::Next(SteadyTime now) {
  if (now < due()) return std::nullopt;
  resapi::RESOURCE_STATUS_EX status{};
  if (final_.has_value()) {
    status = *final_;
    finished_ = true;
  } else {
    status.ResourceState =
        kind_ == v1::ONLINE ? resapi::ClusterResourceOnlinePending : resapi::ClusterResourceOfflinePending;
  }
  status.CheckPoint = ++checkpoint_;
  last_report_ = now;
  progressed_ = false;
  return status;
}

}  // namespace resource_broker::bridge
