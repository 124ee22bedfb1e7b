// A moment by which something has to be done.
#pragma once

#include <algorithm>

#include "absl/time/time.h"
#include "broker_service/steady_time.h"

namespace resource_broker::broker {

// By the clock that nobody sets. Values are as free to copy as a number is.
class Deadline {
 public:
  explicit Deadline(absl::Duration from_now) : at_(SteadyTime() + from_now) {}

  // Zero once it has passed.
  absl::Duration left() const { return std::max(absl::ZeroDuration(), at_ - SteadyTime()); }
  bool passed() const { return left() == absl::ZeroDuration(); }

 private:
  absl::Duration at_;
};

}  // namespace resource_broker::broker
