// Time, behind interfaces so that tests own it.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/time/time.h"

namespace resource_broker::broker {

class Clock {
 public:
  virtual ~Clock() = default;

  // Since some fixed moment; never goes back. Decisions rest on this one.
  virtual absl::Duration Monotonic() const = 0;

  // Microseconds since 1970-01-01T00:00:00Z; for display only.
  virtual int64_t WallMicros() const = 0;
};

// Runs tasks later. Thread-safe.
class Timers {
 public:
  // 0 is no timer's.
  using Id = uint64_t;

  virtual ~Timers() = default;

  // Runs `task` once, not before `delay`, on a thread of the timers. It must not block.
  virtual Id After(absl::Duration delay, std::function<void()> task) = 0;

  // After this a task that has not begun will not run. Never waits for one that has. Unknown ids and 0 are fine.
  virtual void Cancel(Id id) = 0;
};

}  // namespace resource_broker::broker
