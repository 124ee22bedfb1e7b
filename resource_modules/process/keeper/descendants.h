// The processes below this one.
#pragma once

#include <sys/types.h>

#include <vector>

namespace resource_broker::process {

struct ProcessIdentity {
  pid_t id = 0;
  // In clock ticks since boot; together with the id it is unique.
  unsigned long long start_time = 0;
};

// Children, their children and so on, from /proc. Dead ones that nobody has waited for are left out.
std::vector<ProcessIdentity> Descendants(pid_t ancestor);

// Sends `signal` to exactly that process; nothing happens if it has ended, even if its id is somebody else's by now.
void SendSignal(const ProcessIdentity& process, int signal);

}  // namespace resource_broker::process
