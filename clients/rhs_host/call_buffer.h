// Memory a resource DLL gets to see during one call and no longer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "bridge_dll/win32_types.h"

namespace resource_broker::rhs_host {

// Exactly as many elements as given, so that a sanitizer sees the first one too far; overwritten before it is freed,
// so that a DLL that kept the pointer reads what nobody wrote. Never null, also for none.
template <typename Element>
class CallBuffer {
 public:
  explicit CallBuffer(size_t size) : size_(size), elements_(new Element[size]()) {}
  // Copies [begin, end).
  template <typename Iterator>
  CallBuffer(Iterator begin, Iterator end) : CallBuffer(static_cast<size_t>(end - begin)) {
    std::copy(begin, end, elements_.get());
  }
  ~CallBuffer() {
    volatile Element* element = elements_.get();
    for (size_t i = 0; i < size_; ++i) element[i] = static_cast<Element>(0xDDDD);
  }
  CallBuffer(const CallBuffer&) = delete;
  CallBuffer& operator=(const CallBuffer&) = delete;

  Element* data() { return elements_.get(); }
  size_t size() const { return size_; }

 private:
  const size_t size_;
  const std::unique_ptr<Element[]> elements_;
};

}  // namespace resource_broker::rhs_host
