// The operations a module works on or has worked on, by their ids.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "resource_modules/sdk/execution.h"
#include "resource_modules/sdk/worker_pool.h"

namespace resource_broker::sdk {

// Thread-safe.
class Executions {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  // Does the operation's work. Blocks; called on a thread of the pool.
  using Work = std::function<Result(const std::shared_ptr<Execution>&)>;

  struct Limits {
    // Operations worked on at once, and waiting for that.
    size_t max_parallel = 256;
    size_t max_waiting = 4096;
    // Results kept for a broker that comes back.
    size_t max_ended = 1000;
    std::chrono::milliseconds keep_ended = std::chrono::minutes(10);
  };

  Executions(const Limits& limits, Work work, Clock clock);
  // Waits for the work under way.
  ~Executions();

  // The operation with the request's id: the one that is known, or a new one which begins. One that ended NOT_NOW is
  // only resumed, since nothing was done: else the same id asks anew. An operation whose resource is still busy with
  // another ends at once as failed with 5023. NotFound: it is to be resumed, but is not known. ResourceExhausted beyond
  // the limits, Unavailable after Drain.
  absl::StatusOr<std::shared_ptr<Execution>> Start(const v1::ExecuteRequest& request);

  // Null if there is none of that id.
  std::shared_ptr<Execution> Find(const std::string& id) const;

  // What is under way for a resource; null if nothing is.
  std::shared_ptr<Execution> UnderWay(const std::string& resource) const;

  // Lets no new one begin and waits for those under way, after `grace` with a cancel, but no longer than `grace` and
  // `cancel_grace`. Whether all have ended.
  bool Drain(std::chrono::milliseconds grace, std::chrono::milliseconds cancel_grace);

 private:
  void RunOne(const std::shared_ptr<Execution>& execution);
  void Keep(const std::shared_ptr<Execution>& execution) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropOld() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits limits_;
  const Work work_;
  const Clock clock_;

  mutable absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<std::string, std::shared_ptr<Execution>> by_id_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::shared_ptr<Execution>> by_resource_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::pair<std::chrono::steady_clock::time_point, std::shared_ptr<Execution>>> ended_
      ABSL_GUARDED_BY(mutex_);
  size_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;

  WorkerPool pool_;
};

}  // namespace resource_broker::sdk
