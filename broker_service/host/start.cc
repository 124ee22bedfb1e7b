#include "broker_service/host/start.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "broker_service/events/event_log.h"
#include "broker_service/host/command_line.h"
#include "broker_service/host/logging.h"
#include "broker_service/host/platform.h"
#include "broker_service/host/stop_watchdog.h"
#include "broker_service/host/take_over.h"
#include "broker_service/log.h"
#include "ipc/end_process.h"

namespace resource_broker::broker {
namespace {

// nullopt: none runs.
absl::StatusOr<std::optional<Predecessor>> TakeOver(const v1::BrokerConfig& config) {
  // All that can be found wrong is found while the other one serves.
  if (absl::Status status = CheckBeforeTakeOver(config); !status.ok()) return status;
  return EndPredecessor(config);
}

}  // namespace

int StartBroker(const RunOptions& options, Broker* broker) {
  std::optional<Predecessor> predecessor;
  if (options.take_over) {
    absl::StatusOr<std::optional<Predecessor>> ended = TakeOver(options.config);
    if (!ended.ok()) {
      const bool late = absl::IsDeadlineExceeded(ended.status());
      RaiseEvent(EventId::kStartFailed,
                 absl::StrCat("it can't take over, and the running broker ",
                              late ? "did not end in time: " : "goes on: ", ended.status().ToString()));
      return kExitFailed;
    }
    predecessor = *std::move(ended);
    if (!predecessor.has_value()) LogInfo("no broker runs here that could be taken over from");
  }
  const absl::Status status = broker->Start(predecessor);
  if (status.ok()) {
    RaiseEvent(EventId::kBrokerStarted, RESOURCE_BROKER_VERSION, ProcessId());
    return kExitOk;
  }
  if (!predecessor.has_value()) {
    RaiseEvent(EventId::kStartFailed, status.ToString());
    return kExitFailed;
  }
  RaiseEvent(EventId::kTakeOverFailed, predecessor->name, status.ToString());
  FlushLog();
  ipc::EndProcess(kExitNoBroker);
}

void EndForUpgrade(const RunOptions& options, Broker* broker) {
  StopWatchdog watchdog(absl::Milliseconds(options.config.timeouts().broker_stop_ms()));
  broker->EndForUpgrade();
  FlushLog();
  ipc::EndProcess(kExitOk);
}

}  // namespace resource_broker::broker
