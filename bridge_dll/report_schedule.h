// When RHS is told what of a pending operation, and with which checkpoint.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "bridge_dll/resapi.h"
#include "bridge_dll/steady_time.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::bridge {

// The rules of SetResourceStatusEx for one operation: nothing before the entry point has returned 997; then pending
// reports, at progress and often enough for PendingTimeout; one final report; nothing after it. CheckPoint counts the
// reports from 1. Not thread-safe; times are passed in.
class ReportSchedule {
 public:
  // Reports wait this long after the entry point has come to its end, so that its caller has seen 997 before the first.
  // The DLL has no event for that moment: a caller that is held up for longer right there may see a report early.
  static constexpr std::chrono::milliseconds kReturnDelay{10};
  // Progress is reported no more often than this, so that a module that floods does not flood the cluster.
  static constexpr std::chrono::milliseconds kProgressInterval{50};
  // A report comes at least this often, also where PendingTimeout would allow for longer: it may have been lowered
  // since it was read.
  static constexpr std::chrono::milliseconds kMaxInterval{10000};

  ReportSchedule(v1::OperationKind kind, std::chrono::milliseconds pending_timeout);

  // The entry point is about to return 997.
  void Pended(SteadyTime now);

  // The operation got on; not before Pended is as good as just after it.
  void Progressed() { progressed_ = true; }

  // The operation ended like this. The first call counts.
  void Ended(const resapi::RESOURCE_STATUS_EX& final_status);

  // When Next has something; kNever if nothing can come without another call.
  SteadyTime due() const;

  // The report to make now, if one is due: it counts as made.
  std::optional<resapi::RESOURCE_STATUS_EX> Next(SteadyTime now);

  // Whether the final report was taken from Next.
  bool finished() const { return finished_; }

 private:
  const v1::OperationKind kind_;
  const std::chrono::milliseconds interval_;
  // kNever: the entry point is still inside.
  SteadyTime opens_ = kNever;
  SteadyTime last_report_{};
  uint32_t checkpoint_ = 0;
  bool progressed_ = false;
  bool finished_ = false;
  std::optional<resapi::RESOURCE_STATUS_EX> final_;
};

// What RHS is told at the end. The state is the report's; where that makes no sense, the one that `kind` and `outcome`
// imply: an ONLINE that left the resource offline has Failed. CheckPoint is left 0.
resapi::RESOURCE_STATUS_EX FinalStatus(v1::OperationKind kind, const v1::FinalReport& report, v1::EventKind outcome);

}  // namespace resource_broker::bridge
