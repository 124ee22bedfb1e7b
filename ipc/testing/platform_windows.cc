#include "ipc/testing/platform.h"

namespace resource_broker::ipc::testing {

const bool kHandlersSeeCallers = true;
const bool kChannelsCheckWhenMade = false;

}  // namespace resource_broker::ipc::testing
