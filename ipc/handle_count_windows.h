// How many handles this process has open.
#pragma once

#include <cstdint>

namespace resource_broker::ipc {

// As of now, of all threads. Any thread; does not block. Under Wine, which has no such number, handles are counted one
// by one: that takes some milliseconds, and one that is more than a thousand free places after its neighbour is not
// found.
uint32_t CountOwnHandles();

}  // namespace resource_broker::ipc
