// GetLastError, also where there is none.
#pragma once

#include <cstdint>

namespace resource_broker::cluster::testing {

uint32_t LastErrorCode();
void SetLastErrorCode(uint32_t code);

}  // namespace resource_broker::cluster::testing
