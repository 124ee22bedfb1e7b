// The clock that every decision of the bridge rests on; tests pass times of their own.
#pragma once

#include <chrono>

#include "absl/time/time.h"

namespace resource_broker::bridge {

using SteadyTime = std::chrono::steady_clock::time_point;

inline constexpr SteadyTime kNever = SteadyTime::max();

inline SteadyTime Now() { return std::chrono::steady_clock::now(); }

// For absl's waits; zero if `deadline` is past.
inline absl::Duration Until(SteadyTime deadline) {
  if (deadline == kNever) return absl::InfiniteDuration();
  const SteadyTime now = Now();
  return deadline <= now ? absl::ZeroDuration() : absl::FromChrono(deadline - now);
}

}  // namespace resource_broker::bridge
