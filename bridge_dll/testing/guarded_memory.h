// Memory whose end is the end of what may be touched.
#pragma once

#include <cstddef>

namespace resource_broker::bridge::testing {

// `size` bytes, zeroed, right before a page that can neither be read nor written.
class GuardedMemory {
 public:
  explicit GuardedMemory(size_t size);
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  void* data() const { return static_cast<char*>(pages_) + kPages - size_; }

 private:
  static constexpr size_t kPages = 65536;

  const size_t size_;
  void* pages_ = nullptr;
};

}  // namespace resource_broker::bridge::testing
