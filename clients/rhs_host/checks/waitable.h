// The event handle that OnlineV2 may give.
#pragma once

#include "bridge_dll/resapi.h"

namespace resource_broker::rhs_host {

enum class WaitableState { kInvalid, kNotSignalled, kSignalled };

// Windows: any handle that can be waited for. Natively, where there is no such thing, the number of a file descriptor,
// signalled while it can be read from.
WaitableState StateOf(resapi::HANDLE handle);

}  // namespace resource_broker::rhs_host
