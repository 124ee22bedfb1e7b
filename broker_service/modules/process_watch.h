// Tells when processes that are not the broker's own end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"

namespace resource_broker::broker {

// Holds a handle on each process, by which the system tells of its end at once; no thread a process. Thread-safe.
class ProcessWatch {
 public:
  // One process, and never another one that gets its number later. 0 is none's.
  using Id = uint64_t;

  // `on_end` is called once for each that ended, without locks, on a thread of the watch; it must not block.
  static std::unique_ptr<ProcessWatch> Start(std::function<void(Id)> on_end);

  // When it returns, no call is made any more.
  virtual ~ProcessWatch() = default;

  // Watches the process that has this number now, until it ends; nothing happens if it is watched already. To be sure
  // which process that is, call it while something of the process is there, such as its connection. NotFound: it does
  // not run; ResourceExhausted: kMaxProcesses are watched; or the system's error.
  virtual absl::Status Add(uint32_t process_id) = 0;

  // The one of this number that is watched; 0 where none is, or its end has been told.
  virtual Id Find(uint32_t process_id) const = 0;

  // Far more than there are RHS processes on a node.
  static constexpr size_t kMaxProcesses = 1024;
};

}  // namespace resource_broker::broker
