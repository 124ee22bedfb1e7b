// How many events of one id an administrator is shown.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/time/time.h"
#include "broker_service/events/events.h"

namespace resource_broker::broker {

// Of each id so many within a minute, which begins with the first of them. One thread at a time.
class EventRates {
 public:
  static constexpr absl::Duration kWindow = absl::Minutes(1);

  explicit EventRates(uint32_t max_per_window) : max_(max_per_window) {}

  void SetMax(uint32_t max_per_window) { max_ = max_per_window; }

  // Whether this one is shown. If not, it is counted.
  bool Admit(EventId id, absl::Duration now);
  // One that was admitted and could not be shown all the same.
  void Count(EventId id) { ++windows_[id].left_out; }

  struct LeftOut {
    EventId id;
    uint64_t count;
  };
  // Of the minutes that are over; with `all`, also of those that are not.
  std::vector<LeftOut> Take(absl::Duration now, bool all = false);

  // When Take has something next; InfiniteDuration if there is nothing to come.
  absl::Duration due() const;

 private:
  struct Window {
    absl::Duration until;
    uint32_t shown = 0;
    uint64_t left_out = 0;
  };
  uint32_t max_;
  // As many as there are ids, at most.
  std::map<EventId, Window> windows_;
};

}  // namespace resource_broker::broker
