#include "broker_service/host/stop_watchdog.h"

#include "broker_service/events/event_log.h"
#include "broker_service/host/command_line.h"
#include "broker_service/host/logging.h"
#include "broker_service/host/platform.h"
#include "broker_service/log.h"

namespace resource_broker::broker {

StopWatchdog::StopWatchdog(absl::Duration limit)
    : thread_([this, limit] {
        if (disarmed_.WaitForNotificationWithTimeout(limit)) return;
        RaiseEvent(EventId::kStopTookTooLong, absl::FormatDuration(limit));
        FlushLog();
        EndProcess(kExitFailed);
      }) {}

StopWatchdog::~StopWatchdog() {
  disarmed_.Notify();
  thread_.join();
}

}  // namespace resource_broker::broker
