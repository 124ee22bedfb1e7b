// Puts an operation's events into their order, each once, whichever way they come.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "resource_broker/v1/types.pb.h"

namespace resource_broker::bridge {

// Whether it is the operation's last.
bool IsFinal(const v1::Event& event);

// Events come by two ways at once: by Watch, and in the answer to StartOperation. Not thread-safe.
class EventSequence {
 public:
  // More events than this do not wait for a missing one.
  static constexpr size_t kMaxWaiting = 256;

  // An event from Watch; gives what can be passed on now, in order.
  std::vector<v1::Event> Watched(v1::Event event);

  // The answer to a StartOperation that said `asked_after`. The broker's answer is the truth: a history that begins at
  // 1 again, though more was asked for, is the history of a broker that lost the first and runs the operation anew.
  std::vector<v1::Event> Answered(uint64_t asked_after, const std::vector<v1::Event>& events);

  // Of the last event passed on; 0 for none.
  uint64_t last() const { return last_; }

  // Whether an event is missing: the operation must be asked for again.
  bool incomplete() const { return !waiting_.empty() || overflowed_; }

 private:
  std::vector<v1::Event> TakeReady();

  uint64_t last_ = 0;
  bool overflowed_ = false;
  std::map<uint64_t, v1::Event> waiting_;
};

}  // namespace resource_broker::bridge
