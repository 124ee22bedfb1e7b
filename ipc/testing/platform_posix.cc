#include "ipc/testing/platform.h"

namespace resource_broker::ipc::testing {

const bool kHandlersSeeCallers = false;
const bool kChannelsCheckWhenMade = true;

}  // namespace resource_broker::ipc::testing
