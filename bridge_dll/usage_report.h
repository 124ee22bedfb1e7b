// What a session reports of the entry points, and when.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "bridge_dll/entry_point_counts.h"
#include "bridge_dll/steady_time.h"

namespace resource_broker::bridge {

// Between two reports.
inline constexpr std::chrono::seconds kUsageInterval{15};

// Of one session; not thread-safe. One report is under way at most.
class UsageReport {
 public:
  // `counts` outlives it.
  explicit UsageReport(const EntryPointCounts* counts) : counts_(counts) {}

  // A new attachment: its broker may be another one than before. The next report is due after the interval.
  void Attached(SteadyTime now);

  // When to come again; kNever: not before the next attachment, or the answer to the report under way.
  SteadyTime due() const { return due_; }

  // What is to be sent now: all since the last report that was taken. Nothing where nothing has changed. The session's
  // id is left out.
  std::optional<v1::ReportUsageRequest> Make(SteadyTime now);

  // What became of it. After kUnknown this broker is not asked again.
  enum class Outcome { kTaken, kLost, kUnknown };
  void Answered(Outcome outcome, SteadyTime now);

 private:
  const EntryPointCounts* const counts_;
  SteadyTime due_ = kNever;
  uint32_t reconnects_ = 0;
  bool attached_before_ = false;
  // As of the last report that was taken, and of the one under way.
  EntryPointCountList taken_{};
  uint32_t reconnects_taken_ = 0;
  EntryPointCountList sent_{};
  uint32_t reconnects_sent_ = 0;
};

}  // namespace resource_broker::bridge
