#include <sys/mman.h>

#include <cstdlib>

#include "clients/rhs_host/guarded_memory.h"

namespace resource_broker::rhs_host {
namespace {

constexpr size_t kGuard = 4096;

}  // namespace

void* AllocateGuarded(size_t bytes) {
  void* pages = ::mmap(nullptr, bytes + kGuard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) std::abort();
  if (::mprotect(static_cast<char*>(pages) + bytes, kGuard, PROT_NONE) != 0) std::abort();
  return pages;
}

void ForbidGuarded(void* pages, size_t bytes) {
  // Mapped anew over itself: what was there is gone, and its memory with it.
  if (::mmap(pages, bytes + kGuard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
    std::abort();
  }
}

void FreeGuarded(void* pages, size_t bytes) { ::munmap(pages, bytes + kGuard); }

}  // namespace resource_broker::rhs_host
