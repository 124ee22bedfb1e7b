// The fault points of one transaction of the journal: by what kinds of events it holds.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "broker_service/faults/faults.h"
#include "broker_service/journal/journal.h"

namespace resource_broker::broker {

// Does nothing where faults are not allowed.
class CommitPoints {
 public:
  void Add(const std::vector<v1::Event>& events) {
    if (!Faults::OfProcess().allowed()) return;
    for (const v1::Event& event : events) kinds_ |= BitOf(IsFinal(event.kind()) ? kAnyFinal : event.kind());
  }

  // The first error that is armed.
  absl::Status Before() const {
    absl::Status status;
    for (const auto& [kind, point] : kPoints) {
      if (status.ok() && (kinds_ & BitOf(kind)) != 0) status = BeforeFaultPoint(point);
    }
    return status;
  }
  void After() const {
    for (const auto& [kind, point] : kPoints) {
      if ((kinds_ & BitOf(kind)) != 0) AfterFaultPoint(point);
    }
  }

 private:
  // Stands for all that end an operation.
  static constexpr v1::EventKind kAnyFinal = v1::SUCCEEDED;
  static constexpr std::array<std::pair<v1::EventKind, FaultPoint>, 7> kPoints = {{
      {v1::ACCEPTED, FaultPoint::kJournalCommitAccepted},
      {v1::QUEUED, FaultPoint::kJournalCommitQueued},
      {v1::RUNNING, FaultPoint::kJournalCommitRunning},
      {v1::PROGRESS, FaultPoint::kJournalCommitProgress},
      {v1::CANCEL_REQUESTED, FaultPoint::kJournalCommitCancelRequested},
      {v1::TERMINATE_REQUESTED, FaultPoint::kJournalCommitTerminateRequested},
      {kAnyFinal, FaultPoint::kJournalCommitFinal},
  }};

  static constexpr uint32_t BitOf(v1::EventKind kind) { return uint32_t{1} << (static_cast<uint32_t>(kind) % 32); }

  uint32_t kinds_ = 0;
};

}  // namespace resource_broker::broker
