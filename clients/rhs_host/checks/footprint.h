// What this process takes from the system.
#pragma once

#include <cstdint>
#include <string>

namespace resource_broker::rhs_host {

struct Footprint {
  // Handles; natively file descriptors.
  int64_t handles = 0;
  int64_t threads = 0;
  // Memory of its own, in bytes; natively what of it is resident.
  int64_t memory = 0;
};

Footprint MeasureFootprint();

// "+3 handles, +0 threads, +12 KiB".
std::string FormatGrowth(const Footprint& before, const Footprint& after);

}  // namespace resource_broker::rhs_host
