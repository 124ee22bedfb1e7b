// How often progress of one operation becomes an event.
#pragma once

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"

namespace resource_broker::broker {

// Lets short bursts pass, then one event an interval; the interval doubles with every 512 events. So an operation that
// runs for a day, under a module that reports without pause, has a history of some thousand events, and the latest
// report is never later than the interval.
class ProgressLimiter {
 public:
  // Zero: report now, and it counts. Else ask again after this.
  absl::Duration Ask(absl::Duration now) {
    const absl::Duration interval = kFirstInterval * (int64_t{1} << std::min<uint32_t>(reported_ / 512, kMaxDoublings));
    if (now > credit_until_) credit_until_ = now;
    // `credit_until_` runs ahead of `now` by one interval for each report of a burst.
    if (reported_ > 0 && credit_until_ - now >= interval * kBurst) return credit_until_ - now - interval * (kBurst - 1);
    credit_until_ += interval;
    ++reported_;
    return absl::ZeroDuration();
  }

 private:
  static constexpr absl::Duration kFirstInterval = absl::Milliseconds(20);
  static constexpr int64_t kBurst = 32;
  static constexpr uint32_t kMaxDoublings = 12;

  uint32_t reported_ = 0;
  absl::Duration credit_until_ = absl::ZeroDuration();
};

}  // namespace resource_broker::broker
