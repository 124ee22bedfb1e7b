// What the operating system says of this process.
#pragma once

#include <cstdint>

namespace resource_broker::broker {

// 0 where the system does not say.
struct ProcessNumbers {
  uint32_t threads = 0;
  // Open handles, natively file descriptors.
  uint32_t handles = 0;
  // Resident.
  uint64_t memory_bytes = 0;
};

// Takes about a millisecond. Thread-safe.
ProcessNumbers ReadProcessNumbers();

}  // namespace resource_broker::broker
