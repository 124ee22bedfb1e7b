// A recorded peer: answers calls with the bytes that were answered then.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/compatibility/exchange.h"
#include "tests/compatibility/raw_grpc.h"

namespace resource_broker::compatibility {

// Each call that comes in takes the place of the first recorded one of its method that nobody has taken yet, and gets
// that one's answers and end, no sooner than everything recorded before them has happened again. Ids that the caller
// makes anew for each run are exchanged in the answers: they have 16 bytes then as now. A call with no place ends with
// UNIMPLEMENTED. Any thread.
class Replay {
 public:
  explicit Replay(Exchange exchange) : exchange_(std::move(exchange)) {}

  void Take(const std::shared_ptr<RawCall>& call, const std::string& request);

 private:
  void LearnIds(const std::string& method, const std::string& then, const std::string& now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string WithIdsOfNow(std::string bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Continue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Exchange exchange_;
  absl::Mutex mutex_;
  // Of exchange_: what happens next.
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<int, std::shared_ptr<RawCall>> taken_ ABSL_GUARDED_BY(mutex_);
  // Of operations: as recorded, to what they are now.
  std::map<std::string, std::string> ids_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::compatibility
