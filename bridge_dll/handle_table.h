// RESIDs: what RHS holds for a resource, checked on every use and never dereferenced.
//
// The value of a RESID is a slot number and how often the slot was used before. A NULL, made-up, closed or closed and
// reused RESID finds nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "bridge_dll/resapi.h"

namespace resource_broker::bridge {

// Any thread. What is found stays alive as long as the caller holds it, also if it is removed meanwhile.
template <typename T>
class HandleTable {
 public:
  explicit HandleTable(size_t capacity) : capacity_(capacity < kMaxSlots ? capacity : kMaxSlots) {}

  // Never NULL, but where `capacity` things are open.
  resapi::RESID Insert(std::shared_ptr<T> value) {
    absl::MutexLock lock(&mutex_);
    uint32_t slot = 0;
    if (!free_.empty()) {
      slot = free_.back();
      free_.pop_back();
    } else if (slots_.size() < capacity_) {
      free_.reserve(slots_.size() + 1);  // so that Remove allocates nothing
      slot = static_cast<uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      return nullptr;
    }
    slots_[slot].value = std::move(value);
    return Encode(slot, slots_[slot].generation);
  }

  // Null if `id` is not one that is open.
  std::shared_ptr<T> Find(resapi::RESID id) {
    absl::MutexLock lock(&mutex_);
    const Slot* slot = Decode(id);
    return slot == nullptr ? nullptr : slot->value;
  }

  // As Find, and `id` is closed from here on.
  std::shared_ptr<T> Remove(resapi::RESID id) {
    absl::MutexLock lock(&mutex_);
    Slot* slot = Decode(id);
    if (slot == nullptr) return nullptr;
    std::shared_ptr<T> value = std::exchange(slot->value, nullptr);
    ++slot->generation;
    free_.push_back(static_cast<uint32_t>(slot - slots_.data()));
    return value;
  }

 private:
  struct Slot {
    std::shared_ptr<T> value;
    // Wraps after 2^32 uses of one slot.
    uint32_t generation = 1;
  };

  // Bits 63…32 generation, 31…8 slot, 7…0 a mark: odd, so that no pointer to an object looks like it.
  static constexpr size_t kMaxSlots = 1 << 24;
  static constexpr uint64_t kMark = 0xB5;

  static resapi::RESID Encode(uint32_t slot, uint32_t generation) {
    const uint64_t bits = uint64_t{generation} << 32 | uint64_t{slot} << 8 | kMark;
    return reinterpret_cast<resapi::RESID>(static_cast<uintptr_t>(bits));
  }

  Slot* Decode(resapi::RESID id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const uint64_t bits = reinterpret_cast<uintptr_t>(id);
    const size_t slot = (bits & 0xFFFFFFFF) >> 8;
    if ((bits & 0xFF) != kMark || slot >= slots_.size()) return nullptr;
    Slot& found = slots_[slot];
    return found.value != nullptr && found.generation == bits >> 32 ? &found : nullptr;
  }

  const size_t capacity_;
  absl::Mutex mutex_;
  std::vector<Slot> slots_ ABSL_GUARDED_BY(mutex_);
  std::vector<uint32_t> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::bridge
