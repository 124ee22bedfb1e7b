// The one list of the places where a fault can be made to happen.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace resource_broker::broker {

// In the order of the table in fault_points.cc, which is the order of their names.
enum class FaultPoint : uint8_t {
  kActivationChecked,
  kActivationDrained,
  kActivationRecorded,
  kActivationStarted,
  kActivationSwitched,
  kBridgeCancel,
  kBridgeEventSend,
  kBridgeOperationAnswer,
  kBridgeOperationStart,
  kBridgePipe,
  kBridgeResourceClose,
  kBridgeResourceOpen,
  kBridgeSessionEnd,
  kBridgeSessionOpen,
  kBridgeTerminate,
  kBridgeWatch,
  kBrokerServe,
  kBrokerStop,
  kJournalCommitAccepted,
  kJournalCommitCancelRequested,
  kJournalCommitFinal,
  kJournalCommitProgress,
  kJournalCommitQueued,
  kJournalCommitRunning,
  kJournalCommitTerminateRequested,
  kJournalForget,
  kModuleCancel,
  kModuleExecute,
  kModuleGone,
  kModuleHello,
  kModuleOpen,
  kModuleProgress,
  kModuleRecord,
  kModuleResult,
  kModuleStart,
  kModuleStop,
  kModuleTerminate,
  kPackageRename,
  kRecoverAdopt,
  kRecoverDone,
  kRecoverLoad,
  kRollbackRecorded,
  kTakeoverAsked,
  kTakeoverLocked,
  kTakeoverReleased,
  kTakeoverServing,
};
inline constexpr size_t kFaultPointCount = static_cast<size_t>(FaultPoint::kTakeoverServing) + 1;

// As Fault.action of the contract has them; each is one bit of FaultPointInfo.actions.
enum FaultAction : uint8_t {
  kNoAction = 0,
  kCrashBefore = 1 << 0,
  kCrashAfter = 1 << 1,
  kDelayBefore = 1 << 2,
  kDelayAfter = 1 << 3,
  kError = 1 << 4,
  kDrop = 1 << 5,
};

struct FaultPointInfo {
  FaultPoint point;
  absl::string_view name;
  // One sentence.
  absl::string_view description;
  uint8_t actions;
};

const std::array<FaultPointInfo, kFaultPointCount>& FaultPointTable();

// Null where there is none of that name.
const FaultPointInfo* FindFaultPoint(absl::string_view name);

// "CRASH_BEFORE"; and back, kNoAction where there is none.
absl::string_view FaultActionName(FaultAction action);
FaultAction FindFaultAction(absl::string_view name);
inline constexpr std::array kFaultActions = {kCrashBefore, kCrashAfter, kDelayBefore, kDelayAfter, kError, kDrop};

}  // namespace resource_broker::broker
