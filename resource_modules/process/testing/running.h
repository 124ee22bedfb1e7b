// Whether a process still runs.
#pragma once

#include <cstdint>

namespace resource_broker::process {

// False also for one that has ended and only waits to be noticed by its parent.
bool IsRunning(uint32_t process_id);

}  // namespace resource_broker::process
