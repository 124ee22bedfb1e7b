#include <unistd.h>

#include "ipc/end_process.h"

namespace resource_broker::ipc {

void EndProcess(int exit_code) { _exit(exit_code); }

}  // namespace resource_broker::ipc
