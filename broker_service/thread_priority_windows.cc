#include <windows.h>

#include "broker_service/thread_priority.h"

namespace resource_broker::broker {

void LowerThreadPriority() { SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL); }

}  // namespace resource_broker::broker
