#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on
#include <psapi.h>
#include <tlhelp32.h>

#include "clients/rhs_host/checks/footprint.h"
#include "ipc/handle_count_windows.h"

namespace resource_broker::rhs_host {
namespace {

int64_t CountThreads() {
  HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  if (snapshot == INVALID_HANDLE_VALUE) return 0;
  int64_t count = 0;
  THREADENTRY32 thread{};
  thread.dwSize = sizeof(thread);
  for (BOOL more = Thread32First(snapshot, &thread); more; more = Thread32Next(snapshot, &thread)) {
    count += thread.th32OwnerProcessID == GetCurrentProcessId() ? 1 : 0;
  }
  CloseHandle(snapshot);
  return count;
}

}  // namespace

Footprint MeasureFootprint() {
  Footprint footprint;
  footprint.handles = ipc::CountOwnHandles();
  footprint.threads = CountThreads();
  PROCESS_MEMORY_COUNTERS memory{};
  memory.cb = sizeof(memory);
  if (GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof(memory))) {
    footprint.memory = static_cast<int64_t>(memory.PagefileUsage);
  }
  return footprint;
}

}  // namespace resource_broker::rhs_host
