#include <windows.h>

#include <cstdlib>

#include "broker_service/faults/crash.h"

namespace resource_broker::broker {

void Crash() {
  TerminateProcess(GetCurrentProcess(), EXIT_FAILURE);
  // Not reached, should it ever fail for the process itself.
  std::abort();
}

}  // namespace resource_broker::broker
