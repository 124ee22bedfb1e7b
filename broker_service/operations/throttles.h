// How many runs there may be at once: in all, in one module, towards one destination node; and who waits for a place.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::broker {

struct ThrottleLimits {
  uint32_t all = 1024;
  uint32_t per_module = 1024;
  uint32_t per_destination = 1024;

  bool operator==(const ThrottleLimits& other) const {
    return all == other.all && per_module == other.per_module && per_destination == other.per_destination;
  }
};

// What one run takes up: the names of its lines. A node's name counts without case, as the cluster compares them.
struct Place {
  explicit Place(const v1::OperationRequest& operation);
  Place() = default;

  std::string module;
  // Empty: it goes nowhere.
  std::string destination;
};

// Not thread-safe.
class Throttles {
 public:
  explicit Throttles(const ThrottleLimits& limits) : limits_(limits) {}

  // More runs than a smaller limit are left to end.
  void SetLimits(const ThrottleLimits& limits) { limits_ = limits; }
  const ThrottleLimits& limits() const { return limits_; }

  // How many runs the module has.
  uint32_t RunningIn(const std::string& module) const;

  // The first limit that keeps a run from beginning.
  struct Block {
    std::string line;
    // CLUSRESDLL_STATUS_OFFLINE_SOURCE_THROTTLED or …_DESTINATION_THROTTLED.
    uint32_t status_flag = 0;
    std::string message;
  };
  std::optional<Block> Blocks(const Place& place) const;

  // A run begins or ends. One that may not be delayed takes a place beyond the limit.
  void Take(const Place& place);
  void Release(const Place& place);

  // `resource` waits in the line of a Block; it may be in several, and the one it waits in is for the caller to know.
  void Wait(const std::string& line, const std::string& resource);

  // Somebody who waits in one of this place's lines where there is room; out of that line now.
  struct Waiter {
    std::string line;
    std::string resource;
  };
  std::optional<Waiter> TakeWaiter(const Place& place);
  // Likewise of any line.
  std::optional<Waiter> TakeAnyWaiter();

 private:
  struct Line {
    uint32_t running = 0;
    std::deque<std::string> waiting;
  };
  uint32_t LimitOf(const std::string& line) const;
  bool Full(const std::string& line) const;
  std::optional<Waiter> TakeWaiterIn(const std::string& line);

  ThrottleLimits limits_;
  // Those that are in use.
  absl::flat_hash_map<std::string, Line> lines_;
};

}  // namespace resource_broker::broker
