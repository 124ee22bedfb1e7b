#include "broker_service/host/stop_watchdog.h"

#include <utility>

#include "broker_service/events/event_log.h"
#include "broker_service/host/command_line.h"
#include "broker_service/host/logging.h"
#include "broker_service/log.h"
#include "ipc/end_process.h"

namespace resource_broker::broker {

StopWatchdog::StopWatchdog(absl::Duration limit, std::function<void()> last_word)
    : thread_([this, limit, last_word = std::move(last_word)] {
        if (disarmed_.WaitForNotificationWithTimeout(limit)) return;
        RaiseEvent(EventId::kStopTookTooLong, absl::FormatDuration(limit));
        FlushLog();
        if (last_word) last_word();
        ipc::EndProcess(kExitFailed);
      }) {}

StopWatchdog::~StopWatchdog() {
  disarmed_.Notify();
  thread_.join();
}

}  // namespace resource_broker::broker
