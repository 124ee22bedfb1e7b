#include "broker_service/events/event_rates.h"

#include <algorithm>

namespace resource_broker::broker {

bool EventRates::Admit(EventId id, absl::Duration now) {
  Window& window = windows_[id];
  // What was left out before is told by Take first: until then the minute goes on.
  if (window.until <= now && window.left_out == 0) window = {now + kWindow, 0, 0};
  if (window.shown < max_) {
    ++window.shown;
    return true;
  }
  ++window.left_out;
  return false;
}

std::vector<EventRates::LeftOut> EventRates::Take(absl::Duration now, bool all) {
  std::vector<LeftOut> taken;
  for (auto& [id, window] : windows_) {
    if (window.left_out == 0 || (!all && window.until > now)) continue;
    taken.push_back({id, window.left_out});
    window = {now, 0, 0};
  }
  return taken;
}

absl::Duration EventRates::due() const {
  absl::Duration due = absl::InfiniteDuration();
  for (const auto& [id, window] : windows_) {
    if (window.left_out != 0) due = std::min(due, window.until);
  }
  return due;
}

}  // namespace resource_broker::broker
