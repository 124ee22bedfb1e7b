#include <windows.h>
// After windows.h, which they need.
#include <psapi.h>
#include <tlhelp32.h>

#include "broker_service/process_numbers.h"
#include "ipc/handle_count_windows.h"

namespace resource_broker::broker {
namespace {

uint32_t CountThreads() {
  const HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  if (snapshot == INVALID_HANDLE_VALUE) return 0;
  const DWORD self = GetCurrentProcessId();
  uint32_t threads = 0;
  THREADENTRY32 entry{};
  entry.dwSize = sizeof(entry);
  for (BOOL found = Thread32First(snapshot, &entry); found != 0; found = Thread32Next(snapshot, &entry)) {
    if (entry.th32OwnerProcessID == self) ++threads;
  }
  CloseHandle(snapshot);
  return threads;
}

}  // namespace

ProcessNumbers ReadProcessNumbers() {
  ProcessNumbers numbers;
  numbers.threads = CountThreads();
  numbers.handles = ipc::CountOwnHandles();
  PROCESS_MEMORY_COUNTERS memory{};
  if (K32GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof(memory)) != 0) {
    numbers.memory_bytes = memory.WorkingSetSize;
  }
  return numbers;
}

}  // namespace resource_broker::broker
