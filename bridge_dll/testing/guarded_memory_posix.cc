#include <sys/mman.h>

#include <cstdlib>

#include "bridge_dll/testing/guarded_memory.h"

namespace resource_broker::bridge::testing {

GuardedMemory::GuardedMemory(size_t size) : size_(size) {
  pages_ = ::mmap(nullptr, 2 * kPages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages_ == MAP_FAILED) std::abort();
  if (::mprotect(static_cast<char*>(pages_) + kPages, kPages, PROT_NONE) != 0) std::abort();
}

GuardedMemory::~GuardedMemory() { ::munmap(pages_, 2 * kPages); }

}  // namespace resource_broker::bridge::testing
