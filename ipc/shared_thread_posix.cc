#include "ipc/shared_thread.h"

namespace resource_broker::ipc {

void ShareThread() {}

}  // namespace resource_broker::ipc
