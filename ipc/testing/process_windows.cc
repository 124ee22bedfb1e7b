#include <winsock2.h>
// After winsock2.h.
#include <windows.h>
// After windows.h.
#include <winternl.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "ipc/identity_windows.h"
#include "ipc/testing/process.h"

namespace resource_broker::ipc::testing {
namespace {

// STATUS_INFO_LENGTH_MISMATCH
constexpr NTSTATUS kTooSmall = static_cast<NTSTATUS>(0xC0000004);

// SystemExtendedHandleInformation, which winternl.h leaves out: all handles of the system.
constexpr auto kHandleInformation = static_cast<SYSTEM_INFORMATION_CLASS>(64);
struct HandleEntry {
  void* object;
  ULONG_PTR process_id;
  ULONG_PTR handle;
  ULONG access;
  USHORT back_trace;
  USHORT type;
  ULONG attributes;
  ULONG reserved;
};
struct HandleTable {
  ULONG_PTR count;
  ULONG_PTR reserved;
  HandleEntry entries[1];
};

// Empty if the system does not answer.
std::vector<std::byte> SystemInformation(SYSTEM_INFORMATION_CLASS kind) {
  std::vector<std::byte> memory(1 << 20);
  ULONG size = 0;
  NTSTATUS status;
  while ((status = NtQuerySystemInformation(kind, memory.data(), static_cast<ULONG>(memory.size()), &size)) ==
         kTooSmall) {
    memory.resize(memory.size() * 2);
  }
  if (status != 0) memory.clear();
  return memory;
}

// Counted one by one: GetProcessHandleCount answers 0 under Wine, and a process's own count is the size of its table.
int OwnHandles() {
  const std::vector<std::byte> memory = SystemInformation(kHandleInformation);
  if (memory.empty()) return -1;
  const auto* table = reinterpret_cast<const HandleTable*>(memory.data());
  return static_cast<int>(std::count_if(table->entries, table->entries + table->count, [](const HandleEntry& entry) {
    return entry.process_id == GetCurrentProcessId();
  }));
}

int OwnThreads() {
  const std::vector<std::byte> memory = SystemInformation(SystemProcessInformation);
  for (size_t at = 0; !memory.empty();) {
    const auto* process = reinterpret_cast<const SYSTEM_PROCESS_INFORMATION*>(memory.data() + at);
    if (reinterpret_cast<uintptr_t>(process->UniqueProcessId) == GetCurrentProcessId()) {
      return static_cast<int>(process->NumberOfThreads);
    }
    if (process->NextEntryOffset == 0) break;
    at += process->NextEntryOffset;
  }
  return -1;
}

}  // namespace

uint32_t OwnProcessId() { return GetCurrentProcessId(); }

std::string OwnAccount() {
  const auto self = OwnIdentity();
  return self.ok() ? self->account : self.status().ToString();
}

Held HeldNow() { return {OwnHandles(), OwnThreads()}; }

}  // namespace resource_broker::ipc::testing
