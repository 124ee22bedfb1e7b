// The time that decisions rest on.
#pragma once

#include "absl/time/time.h"

namespace resource_broker::broker {

// Since some fixed moment. Never goes back, whatever is done to the wall clock, and stands still while the machine is
// suspended: what was given ten seconds has them after the resume as well. Thread-safe.
absl::Duration SteadyTime();

}  // namespace resource_broker::broker
