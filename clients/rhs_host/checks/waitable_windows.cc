#include "clients/rhs_host/checks/waitable.h"

namespace resource_broker::rhs_host {

WaitableState StateOf(resapi::HANDLE handle) {
  switch (WaitForSingleObject(handle, 0)) {
    case WAIT_TIMEOUT:
      return WaitableState::kNotSignalled;
    case WAIT_OBJECT_0:
    case WAIT_ABANDONED:
      return WaitableState::kSignalled;
    default:
      return WaitableState::kInvalid;
  }
}

}  // namespace resource_broker::rhs_host
