#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on

#include <cstdlib>

#include "clients/rhs_host/guarded_memory.h"

namespace resource_broker::rhs_host {
namespace {

constexpr size_t kGuard = 4096;

}  // namespace

void* AllocateGuarded(size_t bytes) {
  void* pages = ::VirtualAlloc(nullptr, bytes + kGuard, MEM_RESERVE, PAGE_NOACCESS);
  if (pages == nullptr) std::abort();
  if (bytes > 0 && ::VirtualAlloc(pages, bytes, MEM_COMMIT, PAGE_READWRITE) == nullptr) std::abort();
  return pages;
}

void ForbidGuarded(void* pages, size_t bytes) {
  if (bytes > 0) ::VirtualFree(pages, bytes, MEM_DECOMMIT);
}

void FreeGuarded(void* pages, size_t) { ::VirtualFree(pages, 0, MEM_RELEASE); }

}  // namespace resource_broker::rhs_host
