// Waiting longer each time.
#pragma once

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"

namespace resource_broker::broker {

// `first`, doubled with each failure after the first, at most `limit`.
inline absl::Duration BackoffAfter(uint32_t failures, absl::Duration first, absl::Duration limit) {
  absl::Duration wait = first;
  for (uint32_t i = 1; i < failures && wait < limit; ++i) wait *= 2;
  return std::min(wait, limit);
}

}  // namespace resource_broker::broker
