#include <cstdlib>

#include "broker_service/faults/crash.h"
#include "ipc/end_process.h"

namespace resource_broker::broker {

void Crash() { ipc::EndProcess(EXIT_FAILURE); }

}  // namespace resource_broker::broker
