#include "bridge_dll/usage_report.h"

namespace resource_broker::bridge {

void UsageReport::Attached(SteadyTime now) {
  if (attached_before_) ++reconnects_;
  attached_before_ = true;
  due_ = now + kUsageInterval;
}

std::optional<v1::ReportUsageRequest> UsageReport::Make(SteadyTime now) {
  if (now < due_) return std::nullopt;
  sent_ = counts_->Read();
  reconnects_sent_ = reconnects_;
  v1::ReportUsageRequest report;
  report.set_reconnects(reconnects_sent_ - reconnects_taken_);
  for (size_t i = 0; i < sent_.size(); ++i) {
    if (sent_[i].buckets == taken_[i].buckets) continue;
    v1::EntryPointUsage* usage = report.add_entry_points();
    usage->set_entry_point(static_cast<EntryPoint>(i));
    for (size_t bucket = 0; bucket < sent_[i].buckets.size(); ++bucket) {
      usage->add_buckets(sent_[i].buckets[bucket] - taken_[i].buckets[bucket]);
    }
    usage->set_total_us(sent_[i].total_us - taken_[i].total_us);
  }
  if (report.entry_points_size() == 0 && report.reconnects() == 0) {
    due_ = now + kUsageInterval;
    return std::nullopt;
  }
  due_ = kNever;
  return report;
}

void UsageReport::Answered(Outcome outcome, SteadyTime now) {
  if (outcome == Outcome::kTaken) {
    taken_ = sent_;
    reconnects_taken_ = reconnects_sent_;
  }
  // A new attachment may have set it meanwhile.
  if (due_ == kNever && outcome != Outcome::kUnknown) due_ = now + kUsageInterval;
}

}  // namespace resource_broker::bridge
