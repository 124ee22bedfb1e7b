#include "ipc/testing/wine_windows.h"
#include "resource_modules/process/testing/running.h"

namespace resource_broker::process {

bool IsRunning(uint32_t process_id) { return !WaitUntilGone(process_id, std::chrono::milliseconds(0)); }

void KillProcess(uint32_t process_id) {
  HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, process_id);
  if (process == nullptr) return;
  TerminateProcess(process, 9);
  CloseHandle(process);
}

bool WaitUntilGone(uint32_t process_id, std::chrono::milliseconds timeout) {
  HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, process_id);
  if (process == nullptr) return true;
  bool gone = WaitForSingleObject(process, static_cast<DWORD>(timeout.count())) == WAIT_OBJECT_0;
  CloseHandle(process);
  return gone;
}

bool CanBeAskedToEnd() { return !ipc::testing::IsWine(); }

}  // namespace resource_broker::process
