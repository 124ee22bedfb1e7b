// How often RHS called each entry point, and how long it was kept waiting.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "bridge_dll/steady_time.h"
#include "resource_broker/v1/bridge.pb.h"
#include "resource_broker/v1/entry_point_buckets.h"

namespace resource_broker::bridge {

using EntryPoint = v1::EntryPointUsage::EntryPoint;

// The numbers of one entry point since the process's start.
struct EntryPointCount {
  std::array<uint64_t, kEntryPointBucketsUs.size() + 1> buckets{};
  uint64_t total_us = 0;
};

// By entry point.
using EntryPointCountList = std::array<EntryPointCount, v1::EntryPointUsage::EntryPoint_ARRAYSIZE>;

// Any thread; no locks, no memory. Numbers that are read while others are added may be of a moment in between.
class EntryPointCounts {
 public:
  // The process's.
  static EntryPointCounts& Get() noexcept;

  void Add(EntryPoint entry_point, std::chrono::microseconds took) noexcept;
  EntryPointCountList Read() const noexcept;

 private:
  struct Count {
    std::array<std::atomic<uint64_t>, kEntryPointBucketsUs.size() + 1> buckets{};
    std::atomic<uint64_t> total_us{0};
  };
  std::array<Count, v1::EntryPointUsage::EntryPoint_ARRAYSIZE> counts_;
};

// One call, from its begin to the end of this.
class TimedEntry {
 public:
  explicit TimedEntry(EntryPoint entry_point) noexcept : entry_point_(entry_point), begun_(Now()) {}
  ~TimedEntry() {
    EntryPointCounts::Get().Add(entry_point_, std::chrono::duration_cast<std::chrono::microseconds>(Now() - begun_));
  }
  TimedEntry(const TimedEntry&) = delete;
  TimedEntry& operator=(const TimedEntry&) = delete;

 private:
  const EntryPoint entry_point_;
  const SteadyTime begun_;
};

}  // namespace resource_broker::bridge
