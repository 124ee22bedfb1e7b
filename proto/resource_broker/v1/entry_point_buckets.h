// How ReportUsage counts calls by their durations.
#pragma once

#include <array>
#include <cstdint>

namespace resource_broker {

// Upper bounds in microseconds, inclusive, in order. For ever: bridges and brokers of different releases share them.
inline constexpr std::array<uint32_t, 10> kEntryPointBucketsUs = {100,   250,    1000,    2500,    10000,
                                                                  25000, 100000, 1000000, 5000000, 30000000};

}  // namespace resource_broker
