// How often an identity may call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/operations/clock.h"

namespace resource_broker::broker {

// A bucket of tokens for each identity: one a call, `per_second` come in a second, and twice as many fit in.
// Thread-safe.
class CallRates {
 public:
  // `clock` must outlive it.
  CallRates(uint32_t per_second, const Clock* clock) : per_second_(per_second), clock_(clock) {}

  // Whether it may call now; if so, that is counted.
  bool Take(const std::string& identity);

  // Identities of which more than a full bucket is known. Those whose bucket is full again are forgotten; beyond this
  // many others share one bucket.
  static constexpr size_t kMaxTracked = 4096;

 private:
  struct Bucket {
    double tokens = 0;
    absl::Duration filled_at;
  };
  void Fill(absl::Duration now, Bucket* bucket) const;
  Bucket* BucketOf(const std::string& identity, absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const double per_second_;
  const Clock* const clock_;
  absl::Mutex mu_;
  absl::flat_hash_map<std::string, Bucket> buckets_ ABSL_GUARDED_BY(mu_);
  // When it was last looked for full ones.
  absl::Duration swept_at_ ABSL_GUARDED_BY(mu_) = absl::ZeroDuration();
};

}  // namespace resource_broker::broker
