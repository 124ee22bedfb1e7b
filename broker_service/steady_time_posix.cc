#include <ctime>

#include "broker_service/steady_time.h"

namespace resource_broker::broker {

absl::Duration SteadyTime() {
  timespec now = {};
  // Without suspended time; CLOCK_BOOTTIME would be the one with it.
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

}  // namespace resource_broker::broker
