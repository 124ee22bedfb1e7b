// Memory that a resource DLL gets to see during one call and no longer.
#pragma once

#include <cstddef>

namespace resource_broker::rhs_host {

// `size` bytes, zeroed, right before a page that can be neither read nor written: the first byte too far is a fault in
// the DLL, seen where it happens. None: a pointer to that page. Once it is let go every byte faults, so that a DLL that
// kept the pointer is found out; its addresses are used again only after kKept others were let go. The first byte is
// aligned no better than `size` is.
class GuardedMemory {
 public:
  static constexpr size_t kKept = 256;

  explicit GuardedMemory(size_t size);
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  void* data() const { return static_cast<char*>(pages_) + page_bytes_ - size_; }
  size_t size() const { return size_; }

 private:
  const size_t size_;
  // What may be touched, in whole pages.
  const size_t page_bytes_;
  void* pages_;
};

// --- What the system does for it. A failure ends the process: there is no memory left. ---

// `bytes`, a multiple of 4096, that may be touched, and a page behind them that may not.
void* AllocateGuarded(size_t bytes);
// Nothing of it may be touched from now on. It takes address space, but no memory.
void ForbidGuarded(void* pages, size_t bytes);
void FreeGuarded(void* pages, size_t bytes);

}  // namespace resource_broker::rhs_host
