#include "broker_service/operations/operation.h"

#include <algorithm>
#include <utility>

#include "broker_service/text.h"

namespace resource_broker::broker {

v1::Event& Operation::AddEvent(v1::EventKind kind, std::string message, const Clock& clock) {
  const uint32_t checkpoint = events.empty() ? 0 : events.back().checkpoint();
  v1::Event& event = events.emplace_back();
  event.set_sequence(LastSequence());
  event.set_time_unix_us(clock.WallMicros());
  event.set_kind(kind);
  event.set_checkpoint(checkpoint);
  event.set_message(CutText(std::move(message), kMaxMessageBytes));
  event.set_attempt(attempt);
  event.set_module(in_hand_of);
  return event;
}

std::vector<v1::Event> Operation::SavedAfter(uint64_t sequence) const {
  const uint64_t skip = sequence <= known_events ? 0 : sequence - known_events;
  if (skip >= saved) return {};
  return {events.begin() + static_cast<ptrdiff_t>(skip), events.begin() + static_cast<ptrdiff_t>(saved)};
}

}  // namespace resource_broker::broker
