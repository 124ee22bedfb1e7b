// Other processes, seen from a test.
#pragma once

#include <chrono>
#include <cstdint>

namespace resource_broker::process {

// False also for one that has ended and only waits to be noticed by its parent.
bool IsRunning(uint32_t process_id);

// Ends one process, and not those it started.
void KillProcess(uint32_t process_id);

// Whether it has ended within `timeout`.
bool WaitUntilGone(uint32_t process_id, std::chrono::milliseconds timeout);

// Whether the system can ask a console program to end. Wine cannot: it knows no CTRL_BREAK.
bool CanBeAskedToEnd();

}  // namespace resource_broker::process
