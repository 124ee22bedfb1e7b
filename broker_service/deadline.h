// A moment by which something has to be done.
#pragma once

#include <algorithm>
#include <chrono>

#include "absl/time/time.h"

namespace resource_broker::broker {

// By the clock that nobody sets. Values are as free to copy as a number is.
class Deadline {
 public:
  explicit Deadline(absl::Duration from_now)
      : at_(std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(from_now)) {}

  // Zero once it has passed.
  absl::Duration left() const {
    return std::max(absl::ZeroDuration(), absl::FromChrono(at_ - std::chrono::steady_clock::now()));
  }
  bool passed() const { return left() == absl::ZeroDuration(); }

 private:
  std::chrono::steady_clock::time_point at_;
};

}  // namespace resource_broker::broker
