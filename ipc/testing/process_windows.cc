#include <winsock2.h>
// After winsock2.h.
#include <windows.h>
// After windows.h.
#include <winternl.h>

#include <cstddef>
#include <vector>

#include "ipc/identity_windows.h"
#include "ipc/testing/process.h"

namespace resource_broker::ipc::testing {
namespace {

// STATUS_INFO_LENGTH_MISMATCH
constexpr NTSTATUS kTooSmall = static_cast<NTSTATUS>(0xC0000004);

}  // namespace

uint32_t OwnProcessId() { return GetCurrentProcessId(); }

std::string OwnAccount() {
  const auto self = OwnIdentity();
  return self.ok() ? self->account : self.status().ToString();
}

// GetProcessHandleCount answers 0 under Wine; this answers everywhere, for threads as well.
Held HeldNow() {
  std::vector<std::byte> memory(1 << 20);
  ULONG size = 0;
  NTSTATUS status;
  while ((status = NtQuerySystemInformation(SystemProcessInformation, memory.data(), static_cast<ULONG>(memory.size()),
                                            &size)) == kTooSmall) {
    memory.resize(memory.size() * 2);
  }
  if (status != 0) return {-1, -1};
  const std::byte* at = memory.data();
  while (true) {
    const auto* process = reinterpret_cast<const SYSTEM_PROCESS_INFORMATION*>(at);
    if (reinterpret_cast<uintptr_t>(process->UniqueProcessId) == GetCurrentProcessId()) {
      return {static_cast<int>(process->HandleCount), static_cast<int>(process->NumberOfThreads)};
    }
    if (process->NextEntryOffset == 0) return {-1, -1};
    at += process->NextEntryOffset;
  }
}

}  // namespace resource_broker::ipc::testing
