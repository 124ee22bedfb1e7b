#include <windows.h>

#include "resource_modules/process/testing/running.h"

namespace resource_broker::process {

bool IsRunning(uint32_t process_id) {
  HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, process_id);
  if (process == nullptr) return false;
  bool running = WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
  CloseHandle(process);
  return running;
}

}  // namespace resource_broker::process
