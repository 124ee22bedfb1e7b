#include <winsock2.h>

#include "clients/cluster/testing/last_error.h"
// clang-format off
#include <windows.h>
// clang-format on

namespace resource_broker::cluster::testing {

uint32_t LastErrorCode() { return ::GetLastError(); }
void SetLastErrorCode(uint32_t code) { ::SetLastError(code); }

}  // namespace resource_broker::cluster::testing
