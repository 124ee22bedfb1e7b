#include "broker_service/faults/fault_points.h"

#include <algorithm>

namespace resource_broker::broker {
namespace {

constexpr uint8_t kBefore = kCrashBefore | kDelayBefore;
constexpr uint8_t kAfter = kCrashAfter | kDelayAfter;
constexpr uint8_t kBoth = kBefore | kAfter;

constexpr std::array<FaultPointInfo, kFaultPointCount> kTable = {{
    {FaultPoint::kActivationChecked, "activation.checked",
     "A version that is to be activated is in order, and nothing is decided. An error is a check that failed.",
     kBefore | kError},
    {FaultPoint::kActivationDrained, "activation.drained",
     "The last resource has left a version, and its process is to be stopped; after: it is told to.", kBoth},
    {FaultPoint::kActivationRecorded, "activation.recorded",
     "The new active version is to be written down; after: it is, and the old one still serves.", kBoth | kError},
    {FaultPoint::kActivationStarted, "activation.started",
     "An activation is to be written down as begun; after: it is, and no process is started.", kBoth | kError},
    {FaultPoint::kActivationSwitched, "activation.switched",
     "New operations are to go to the new version; after: they do, and that is not answered.", kBoth},
    {FaultPoint::kBridgeCancel, "bridge.cancel", "CancelOperation is read; after: it is done and not answered.",
     kBoth | kError},
    {FaultPoint::kBridgeEventSend, "bridge.event.send",
     "A SessionEvent goes out on a Watch; after: it is in gRPC's hands. An error ends that Watch.", kBoth | kError},
    {FaultPoint::kBridgeOperationAnswer, "bridge.operation.answer",
     "StartOperation is to be answered; after: the answer is in gRPC's hands. An error is sent in its place.",
     kBoth | kError},
    {FaultPoint::kBridgeOperationStart, "bridge.operation.start", "StartOperation is read, and nothing is done.",
     kBefore | kError},
    {FaultPoint::kBridgePipe, "bridge.pipe", "Bytes arrive on a bridge's connection.", kDrop},
    {FaultPoint::kBridgeResourceClose, "bridge.resource.close",
     "CloseResource is read; after: the resource is closed and that is not answered.", kBoth | kError},
    {FaultPoint::kBridgeResourceOpen, "bridge.resource.open",
     "OpenResource is read; after: the resource is open and that is not answered.", kBoth | kError},
    {FaultPoint::kBridgeSessionEnd, "bridge.session.end",
     "A session is over, and its resources are to be closed; after: they are.", kBoth},
    {FaultPoint::kBridgeSessionOpen, "bridge.session.open",
     "OpenSession is read; after: the session is open and that is not answered.", kBoth | kError},
    {FaultPoint::kBridgeTerminate, "bridge.terminate", "TerminateResource is read; after: it is done and not answered.",
     kBoth | kError},
    {FaultPoint::kBridgeWatch, "bridge.watch", "Watch of a session is read; after: its stream is attached.",
     kBoth | kError},
    {FaultPoint::kBrokerServe, "broker.serve", "The listeners are about to open; after: both are open.",
     kBoth | kError},
    {FaultPoint::kBrokerStop, "broker.stop", "The broker begins to stop; after: all is closed but the process.",
     kBefore | kCrashAfter},
    {FaultPoint::kJournalCommitAccepted, "journal.commit.accepted",
     "A transaction with an ACCEPTED is to be committed; after: it is, and nobody is told.", kBoth | kError},
    {FaultPoint::kJournalCommitCancelRequested, "journal.commit.cancel_requested",
     "A transaction with a CANCEL_REQUESTED is to be committed; after: it is, and nobody is told.", kBoth | kError},
    {FaultPoint::kJournalCommitFinal, "journal.commit.final",
     "A transaction with a final event is to be committed; after: it is, and nobody is told.", kBoth | kError},
    {FaultPoint::kJournalCommitProgress, "journal.commit.progress",
     "A transaction with a PROGRESS is to be committed; after: it is, and nobody is told.", kBoth | kError},
    {FaultPoint::kJournalCommitQueued, "journal.commit.queued",
     "A transaction with a QUEUED is to be committed; after: it is, and nobody is told.", kBoth | kError},
    {FaultPoint::kJournalCommitRunning, "journal.commit.running",
     "A transaction with a RUNNING is to be committed; after: it is, and nobody is told.", kBoth | kError},
    {FaultPoint::kJournalCommitTerminateRequested, "journal.commit.terminate_requested",
     "A transaction with a TERMINATE_REQUESTED is to be committed; after: it is, and nobody is told.", kBoth | kError},
    {FaultPoint::kJournalForget, "journal.forget",
     "An old operation is to be deleted within a transaction; after: it is, and that is not committed.",
     kBoth | kError},
    {FaultPoint::kModuleCancel, "module.cancel", "Cancel goes to a module; after: the module has answered.",
     kBoth | kError},
    {FaultPoint::kModuleExecute, "module.execute",
     "Execute goes to a module; after: it is in gRPC's hands. An error is a stream that broke.", kBoth | kError},
    {FaultPoint::kModuleGone, "module.gone", "A module's process is seen to have ended; after: all are told.", kBoth},
    {FaultPoint::kModuleHello, "module.hello", "Hello goes to a module; after: the module has answered.",
     kBoth | kError},
    {FaultPoint::kModuleOpen, "module.open",
     "A module is to be told of a resource that RHS opened; after: a module has answered OpenResource.", kBoth},
    {FaultPoint::kModuleProgress, "module.progress", "Progress of a module is received; after: the engine has it.",
     kBoth},
    {FaultPoint::kModuleRecord, "module.record",
     "running/<pid>.json is to be written for a new process; after: it is. An error is a file that can't be written.",
     kBoth | kError},
    {FaultPoint::kModuleResult, "module.result",
     "A module's result is received, and nothing is decided; after: the engine has it.", kBoth},
    {FaultPoint::kModuleStart, "module.start",
     "A module's process is to be created; after: it is, and nothing is written down.", kBoth | kError},
    {FaultPoint::kModuleStop, "module.stop",
     "Stop goes to a module; after: the module has answered. An error is a call that failed.",
     kBefore | kCrashAfter | kError},
    {FaultPoint::kModuleTerminate, "module.terminate", "Terminate goes to a module; after: the module has answered.",
     kBoth | kError},
    {FaultPoint::kPackageRename, "package.rename",
     "A package is unpacked, durable, and to be renamed to its place; after: it is there, and nobody is told.",
     kBoth | kError},
    {FaultPoint::kRecoverAdopt, "recover.adopt",
     "Modules that run are to be found again; after: each has been begun with.", kBoth},
    {FaultPoint::kRecoverDone, "recover.done", "What the broker before left is taken over, and nobody is served.",
     kBefore},
    {FaultPoint::kRecoverLoad, "recover.load",
     "The journal is to be read; after: it is, and nothing has been taken over.", kBoth | kError},
    {FaultPoint::kRollbackRecorded, "rollback.recorded",
     "The version gone back to is to be written down; after: it is, and the other one still serves.", kBoth | kError},
    {FaultPoint::kTakeoverAsked, "takeover.asked",
     "This broker is asked to end for an upgrade; after: it serves no bridge any more, and still has the journal.",
     kBoth},
    {FaultPoint::kTakeoverLocked, "takeover.locked",
     "This broker takes over and has the journal; after: it is to recover from it. An error ends it.", kBoth | kError},
    {FaultPoint::kTakeoverReleased, "takeover.released",
     "This broker has let go of all for an upgrade, and nobody is told; after: the one who asked is.",
     kCrashBefore | kCrashAfter},
    {FaultPoint::kTakeoverServing, "takeover.serving", "This broker has taken over and serves.", kBefore},
}};

constexpr bool InOrder() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (kTable[i].point != static_cast<FaultPoint>(i)) return false;
    if (i > 0 && !(kTable[i - 1].name < kTable[i].name)) return false;
  }
  return true;
}
static_assert(InOrder(), "the table has every point of the enumeration, in its order, by name");

constexpr std::array<absl::string_view, kFaultActions.size()> kActionNames = {
    "CRASH_BEFORE", "CRASH_AFTER", "DELAY_BEFORE", "DELAY_AFTER", "ERROR", "DROP"};

}  // namespace

const std::array<FaultPointInfo, kFaultPointCount>& FaultPointTable() { return kTable; }

const FaultPointInfo* FindFaultPoint(absl::string_view name) {
  const auto found =
      std::find_if(kTable.begin(), kTable.end(), [name](const FaultPointInfo& info) { return info.name == name; });
  return found == kTable.end() ? nullptr : &*found;
}

absl::string_view FaultActionName(FaultAction action) {
  for (size_t i = 0; i < kFaultActions.size(); ++i) {
    if (kFaultActions[i] == action) return kActionNames[i];
  }
  return "";
}

FaultAction FindFaultAction(absl::string_view name) {
  for (size_t i = 0; i < kFaultActions.size(); ++i) {
    if (kActionNames[i] == name) return kFaultActions[i];
  }
  return kNoAction;
}

}  // namespace resource_broker::broker
