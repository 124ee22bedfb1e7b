#include "broker_service/access/call_rates.h"

#include <algorithm>

namespace resource_broker::broker {
namespace {

constexpr double kBurstSeconds = 2;
// The bucket of those that are too many to have one each. No certificate has this name.
constexpr char kOthers[] = "";

}  // namespace

bool CallRates::Take(const std::string& identity) {
  const absl::Duration now = clock_->Monotonic();
  absl::MutexLock lock(&mu_);
  Bucket* const bucket = BucketOf(identity, now);
  Fill(now, bucket);
  if (bucket->tokens < 1) return false;
  bucket->tokens -= 1;
  return true;
}

void CallRates::Fill(absl::Duration now, Bucket* bucket) const {
  const double came = absl::ToDoubleSeconds(now - bucket->filled_at) * per_second_;
  bucket->tokens = std::min(per_second_ * kBurstSeconds, bucket->tokens + came);
  bucket->filled_at = now;
}

CallRates::Bucket* CallRates::BucketOf(const std::string& identity, absl::Duration now) {
  const auto found = buckets_.find(identity);
  if (found != buckets_.end()) return &found->second;
  const absl::Duration full_after = absl::Seconds(kBurstSeconds);
  if (buckets_.size() >= kMaxTracked && now - swept_at_ >= full_after) {
    swept_at_ = now;
    absl::erase_if(buckets_, [&](const auto& entry) { return now - entry.second.filled_at >= full_after; });
  }
  const Bucket full{per_second_ * kBurstSeconds, now};
  return &buckets_.try_emplace(buckets_.size() < kMaxTracked ? identity : kOthers, full).first->second;
}

}  // namespace resource_broker::broker
