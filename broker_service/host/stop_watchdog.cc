#include "broker_service/host/stop_watchdog.h"

#include "broker_service/host/command_line.h"
#include "broker_service/host/logging.h"
#include "broker_service/host/platform.h"
#include "broker_service/log.h"

namespace resource_broker::broker {

StopWatchdog::StopWatchdog(absl::Duration limit)
    : thread_([this, limit] {
        if (disarmed_.WaitForNotificationWithTimeout(limit)) return;
        LogError("stopping took longer than ", absl::FormatDuration(limit), "; the process is ended");
        FlushLog();
        EndProcess(kExitFailed);
      }) {}

StopWatchdog::~StopWatchdog() {
  disarmed_.Notify();
  thread_.join();
}

}  // namespace resource_broker::broker
