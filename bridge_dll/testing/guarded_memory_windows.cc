#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on

#include <cstdlib>

#include "bridge_dll/testing/guarded_memory.h"

namespace resource_broker::bridge::testing {

GuardedMemory::GuardedMemory(size_t size) : size_(size) {
  pages_ = ::VirtualAlloc(nullptr, 2 * kPages, MEM_RESERVE, PAGE_NOACCESS);
  if (pages_ == nullptr || ::VirtualAlloc(pages_, kPages, MEM_COMMIT, PAGE_READWRITE) == nullptr) std::abort();
}

GuardedMemory::~GuardedMemory() { ::VirtualFree(pages_, 0, MEM_RELEASE); }

}  // namespace resource_broker::bridge::testing
