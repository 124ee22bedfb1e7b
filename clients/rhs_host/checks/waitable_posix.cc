#include <poll.h>

#include <cstdint>

#include "clients/rhs_host/checks/waitable.h"

namespace resource_broker::rhs_host {

WaitableState StateOf(resapi::HANDLE handle) {
  pollfd descriptor{static_cast<int>(reinterpret_cast<intptr_t>(handle)), POLLIN, 0};
  if (poll(&descriptor, 1, 0) == 0) return WaitableState::kNotSignalled;
  return (descriptor.revents & POLLNVAL) != 0 ? WaitableState::kInvalid : WaitableState::kSignalled;
}

}  // namespace resource_broker::rhs_host
