#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on
#include <psapi.h>
#include <winternl.h>

#include <vector>

#include "clients/rhs_host/checks/footprint.h"

namespace resource_broker::rhs_host {
namespace {

// The system's list of processes has both counts; Wine answers GetProcessHandleCount with 0.
void AddCounts(Footprint* footprint) {
  using Query = NTSTATUS(NTAPI*)(SYSTEM_INFORMATION_CLASS, void*, ULONG, ULONG*);
  const auto query = reinterpret_cast<Query>(
      reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformation")));
  if (query == nullptr) return;
  constexpr NTSTATUS kTooSmall = static_cast<NTSTATUS>(0xC0000004);
  std::vector<char> list(1 << 16);
  NTSTATUS status = kTooSmall;
  for (; status == kTooSmall && list.size() <= (64u << 20); list.resize(list.size() * 2)) {
    status = query(SystemProcessInformation, list.data(), static_cast<ULONG>(list.size()), nullptr);
    if (status != kTooSmall) break;
  }
  if (status < 0) return;
  for (size_t offset = 0;;) {
    const auto* process = reinterpret_cast<const SYSTEM_PROCESS_INFORMATION*>(list.data() + offset);
    if (reinterpret_cast<uintptr_t>(process->UniqueProcessId) == GetCurrentProcessId()) {
      footprint->handles = process->HandleCount;
      footprint->threads = process->NumberOfThreads;
      return;
    }
    if (process->NextEntryOffset == 0) return;
    offset += process->NextEntryOffset;
  }
}

}  // namespace

Footprint MeasureFootprint() {
  Footprint footprint;
  AddCounts(&footprint);
  PROCESS_MEMORY_COUNTERS memory{};
  memory.cb = sizeof(memory);
  if (GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof(memory))) {
    footprint.memory = static_cast<int64_t>(memory.PagefileUsage);
  }
  return footprint;
}

}  // namespace resource_broker::rhs_host
