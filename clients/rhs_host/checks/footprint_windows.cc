#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on
#include <psapi.h>
#include <tlhelp32.h>
#include <winternl.h>

#include <vector>

#include "clients/rhs_host/checks/footprint.h"

namespace resource_broker::rhs_host {
namespace {

// NtQuerySystemInformation's class 64, all handles of the system, which winternl.h does not have.
constexpr auto kSystemExtendedHandleInformation = static_cast<SYSTEM_INFORMATION_CLASS>(64);

struct SystemHandle {
  void* object;
  uintptr_t process;
  uintptr_t value;
  ULONG access;
  USHORT creator_back_trace;
  USHORT object_type;
  ULONG attributes;
  ULONG reserved;
};
static_assert(sizeof(SystemHandle) == 40);

struct SystemHandles {
  uintptr_t count;
  uintptr_t reserved;
  SystemHandle handles[1];
};

// Of this process in the system's list.
int64_t CountInList() {
  using Query = NTSTATUS(NTAPI*)(SYSTEM_INFORMATION_CLASS, void*, ULONG, ULONG*);
  const auto query = reinterpret_cast<Query>(
      reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformation")));
  if (query == nullptr) return 0;
  constexpr NTSTATUS kTooSmall = static_cast<NTSTATUS>(0xC0000004);
  std::vector<char> list(1 << 16);
  NTSTATUS status = kTooSmall;
  for (; list.size() <= (64u << 20); list.resize(list.size() * 2)) {
    status = query(kSystemExtendedHandleInformation, list.data(), static_cast<ULONG>(list.size()), nullptr);
    if (status != kTooSmall) break;
  }
  if (status < 0) return 0;
  const auto* all = reinterpret_cast<const SystemHandles*>(list.data());
  int64_t count = 0;
  for (uintptr_t i = 0; i < all->count; ++i) count += all->handles[i].process == GetCurrentProcessId() ? 1 : 0;
  return count;
}

// Wine answers GetProcessHandleCount with 0, and in its list of processes with how many there is room for.
int64_t CountHandles() {
  DWORD count = 0;
  if (GetProcessHandleCount(GetCurrentProcess(), &count) && count > 0) return count;
  return CountInList();
}

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
  footprint.handles = CountHandles();
  footprint.threads = CountThreads();
  PROCESS_MEMORY_COUNTERS memory{};
  memory.cb = sizeof(memory);
  if (GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof(memory))) {
    footprint.memory = static_cast<int64_t>(memory.PagefileUsage);
  }
  return footprint;
}

}  // namespace resource_broker::rhs_host
