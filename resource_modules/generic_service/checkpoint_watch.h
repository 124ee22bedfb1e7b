// Whether a service that is starting or stopping makes headway.
#pragma once

#include <chrono>

#include "resource_modules/generic_service/service.h"

namespace resource_broker::generic_service {

// A pending service counts its steps in a checkpoint and says in a wait hint how long the next may take. One whose
// checkpoint stands still for longer than its hint has stalled: what the service manager's own tools go by.
class CheckpointWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Hints are taken as at least `min` (many services give none, or always the same too short one) and at most `max`.
  struct Bounds {
    std::chrono::milliseconds min = std::chrono::seconds(20);
    std::chrono::milliseconds max = std::chrono::minutes(5);
  };

  explicit CheckpointWatch(const Bounds& bounds) : bounds_(bounds) {}

  // Takes note of a status; whether it is news: another state or checkpoint than before.
  bool Note(const ServiceStatus& status, Time now);

  // Whether the last news is older than its hint allows.
  bool Stalled(Time now) const;

  // How long the last news may stand.
  std::chrono::milliseconds allowance() const;

  // When to ask again: a tenth of the hint, as Windows' documentation advises, between 250 ms and 2 s.
  std::chrono::milliseconds Interval() const;

 private:
  const Bounds bounds_;
  bool any_ = false;
  ServiceStatus last_;
  Time last_news_{};
};

}  // namespace resource_broker::generic_service
