#include "resource_modules/generic_service/checkpoint_watch.h"

#include <algorithm>

namespace resource_broker::generic_service {

bool CheckpointWatch::Note(const ServiceStatus& status, Time now) {
  bool news = !any_ || status.state != last_.state || status.checkpoint != last_.checkpoint;
  any_ = true;
  last_ = status;
  if (news) last_news_ = now;
  return news;
}

bool CheckpointWatch::Stalled(Time now) const { return any_ && now - last_news_ > allowance(); }

std::chrono::milliseconds CheckpointWatch::allowance() const {
  return std::clamp(last_.wait_hint, bounds_.min, bounds_.max);
}

std::chrono::milliseconds CheckpointWatch::Interval() const {
  return std::clamp(last_.wait_hint / 10, std::chrono::milliseconds(250), std::chrono::milliseconds(2000));
}

}  // namespace resource_broker::generic_service
