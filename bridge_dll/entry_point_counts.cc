#include "bridge_dll/entry_point_counts.h"

namespace resource_broker::bridge {

EntryPointCounts& EntryPointCounts::Get() noexcept {
  static EntryPointCounts counts;
  return counts;
}

void EntryPointCounts::Add(EntryPoint entry_point, std::chrono::microseconds took) noexcept {
  const auto us = static_cast<uint64_t>(took.count());
  size_t bucket = 0;
  while (bucket < kEntryPointBucketsUs.size() && us > kEntryPointBucketsUs[bucket]) ++bucket;
  Count& count = counts_[static_cast<size_t>(entry_point)];
  count.buckets[bucket].fetch_add(1, std::memory_order_relaxed);
  count.total_us.fetch_add(us, std::memory_order_relaxed);
}

EntryPointCountList EntryPointCounts::Read() const noexcept {
  EntryPointCountList list;
  for (size_t i = 0; i < list.size(); ++i) {
    for (size_t bucket = 0; bucket < list[i].buckets.size(); ++bucket) {
      list[i].buckets[bucket] = counts_[i].buckets[bucket].load(std::memory_order_relaxed);
    }
    list[i].total_us = counts_[i].total_us.load(std::memory_order_relaxed);
  }
  return list;
}

}  // namespace resource_broker::bridge
