// Ends the process if its end hangs.
#pragma once

#include <functional>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace resource_broker::broker {

// Armed while it lives: if that is longer than `limit`, the process ends with exit code 1 after an event and
// `last_word`, which may be empty and must not block. gRPC's Shutdown is known to hang at times, with a deadline too.
class StopWatchdog {
 public:
  explicit StopWatchdog(absl::Duration limit, std::function<void()> last_word = nullptr);
  ~StopWatchdog();

 private:
  absl::Notification disarmed_;
  std::thread thread_;
};

}  // namespace resource_broker::broker
