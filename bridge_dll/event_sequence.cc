#include "bridge_dll/event_sequence.h"

#include <utility>

namespace resource_broker::bridge {

// By its report, so that a later protocol may add kinds.
bool IsFinal(const v1::Event& event) {
  return event.has_final() || (event.kind() >= v1::SUCCEEDED && event.kind() <= v1::REFUSED);
}

std::vector<v1::Event> EventSequence::Watched(v1::Event event) {
  const uint64_t sequence = event.sequence();
  if (sequence <= last_) return {};
  if (sequence != last_ + 1 && waiting_.size() >= kMaxWaiting) {
    overflowed_ = true;
    return {};
  }
  waiting_.emplace(sequence, std::move(event));
  return TakeReady();
}

std::vector<v1::Event> EventSequence::Answered(uint64_t asked_after, const std::vector<v1::Event>& events) {
  overflowed_ = false;
  if (asked_after > 0 && !events.empty() && events.front().sequence() == 1) {
    last_ = 0;
    waiting_.clear();
  }
  for (const v1::Event& event : events) {
    if (event.sequence() > last_) waiting_.emplace(event.sequence(), event);
  }
  return TakeReady();
}

std::vector<v1::Event> EventSequence::TakeReady() {
  std::vector<v1::Event> ready;
  while (!waiting_.empty() && waiting_.begin()->first == last_ + 1) {
    ready.push_back(std::move(waiting_.begin()->second));
    waiting_.erase(waiting_.begin());
    ++last_;
  }
  return ready;
}

}  // namespace resource_broker::bridge
