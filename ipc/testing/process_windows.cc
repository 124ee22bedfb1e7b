#include <winsock2.h>
// After winsock2.h.
#include <windows.h>
// After windows.h.
#include <winternl.h>

#include <cstddef>
#include <vector>

#include "ipc/handle_count_windows.h"
#include "ipc/identity_windows.h"
#include "ipc/testing/process.h"

namespace resource_broker::ipc::testing {
namespace {

// STATUS_INFO_LENGTH_MISMATCH
constexpr NTSTATUS kTooSmall = static_cast<NTSTATUS>(0xC0000004);

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

Held HeldNow() { return {static_cast<int>(CountOwnHandles()), OwnThreads()}; }

}  // namespace resource_broker::ipc::testing
