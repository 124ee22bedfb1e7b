#include "ipc/handle_count_windows.h"

#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

namespace resource_broker::ipc {
namespace {

// A process's handles are the multiples of 4, and the lowest free one is given out first.
constexpr uintptr_t kStep = 4;
constexpr uintptr_t kGap = 1000;

// The system's list of all handles would have it, but Wine's server dies of that question when it meets a process that
// has none, as one is for a moment when it begins or ends.
uint32_t CountOneByOne() {
  uint32_t count = 0;
  for (uintptr_t place = 1, last = 0; place <= last + kGap; ++place) {
    DWORD flags = 0;
    if (GetHandleInformation(reinterpret_cast<HANDLE>(place * kStep), &flags) == 0) continue;
    ++count;
    last = place;
  }
  return count;
}

}  // namespace

uint32_t CountOwnHandles() {
  DWORD count = 0;
  if (GetProcessHandleCount(GetCurrentProcess(), &count) != 0 && count > 0) return count;
  return CountOneByOne();
}

}  // namespace resource_broker::ipc
