#include <windows.h>

#include <cstdlib>

#include "ipc/end_process.h"

namespace resource_broker::ipc {

void EndProcess(int exit_code) {
  TerminateProcess(GetCurrentProcess(), static_cast<UINT>(exit_code));
  // It does not return; the compiler can't know.
  std::abort();
}

}  // namespace resource_broker::ipc
