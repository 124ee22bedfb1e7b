// An argument of one call, in memory that a resource DLL gets to see during it and no longer.
#pragma once

#include <algorithm>
#include <cstddef>

#include "clients/rhs_host/guarded_memory.h"

namespace resource_broker::rhs_host {

// Exactly as many elements as given. Never null, also for none. `Element` is an integer.
template <typename Element>
class CallBuffer {
 public:
  explicit CallBuffer(size_t size) : memory_(size * sizeof(Element)) {}
  // Copies [begin, end).
  template <typename Iterator>
  CallBuffer(Iterator begin, Iterator end) : CallBuffer(static_cast<size_t>(end - begin)) {
    std::copy(begin, end, data());
  }

  Element* data() { return static_cast<Element*>(memory_.data()); }
  size_t size() const { return memory_.size() / sizeof(Element); }

 private:
  const GuardedMemory memory_;
};

}  // namespace resource_broker::rhs_host
