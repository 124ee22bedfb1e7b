#include "broker_service/metrics/entry_point_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "resource_broker/v1/entry_point_buckets.h"

namespace resource_broker::broker {
namespace {

constexpr int kBuckets = static_cast<int>(kEntryPointBucketsUs.size()) + 1;
// More entry points than any bridge has.
constexpr int kMaxEntryPoints = 64;
// Calls and microseconds of one report that a number of Prometheus still holds exactly.
constexpr uint64_t kMaxCount = uint64_t{1} << 50;
constexpr uint32_t kMaxReconnects = 1000000;

bool Known(v1::EntryPointUsage::EntryPoint entry_point) {
  return entry_point != v1::EntryPointUsage::ENTRY_POINT_UNSPECIFIED &&
         v1::EntryPointUsage::EntryPoint_IsValid(entry_point);
}

}  // namespace

absl::Status Check(const v1::ReportUsageRequest& report) {
  if (report.entry_points_size() > kMaxEntryPoints) return absl::InvalidArgumentError("entry_points: more than 64");
  if (report.reconnects() > kMaxReconnects) return absl::InvalidArgumentError("reconnects: more than 1,000,000");
  for (int i = 0; i < report.entry_points_size(); ++i) {
    const v1::EntryPointUsage& usage = report.entry_points(i);
    if (usage.buckets_size() != kBuckets) {
      return absl::InvalidArgumentError(
          absl::StrCat("entry_points[", i, "].buckets: must be ", kBuckets, ", not ", usage.buckets_size()));
    }
    for (const uint64_t count : usage.buckets()) {
      if (count > kMaxCount) return absl::InvalidArgumentError(absl::StrCat("entry_points[", i, "].buckets: too many"));
    }
    if (usage.total_us() > kMaxCount) {
      return absl::InvalidArgumentError(absl::StrCat("entry_points[", i, "].total_us: too many"));
    }
  }
  return absl::OkStatus();
}

EntryPointMetrics::EntryPointMetrics(prometheus::Registry* registry) {
  auto& latencies = prometheus::BuildHistogram()
                        .Name("resource_broker_entry_point_seconds")
                        .Help("Calls of RHS to the bridge, by how long they kept RHS waiting.")
                        .Register(*registry);
  prometheus::Histogram::BucketBoundaries bounds;
  for (const uint32_t bound : kEntryPointBucketsUs) bounds.push_back(bound / 1e6);
  for (int i = 0; i < v1::EntryPointUsage::EntryPoint_ARRAYSIZE; ++i) {
    const auto entry_point = static_cast<v1::EntryPointUsage::EntryPoint>(i);
    if (!Known(entry_point)) continue;
    const std::string name = absl::AsciiStrToLower(v1::EntryPointUsage::EntryPoint_Name(entry_point));
    latencies_[static_cast<size_t>(i)] = &latencies.Add({{"entry_point", name}}, bounds);
  }
  reconnects_ = &prometheus::BuildCounter()
                     .Name("resource_broker_bridge_reconnects_total")
                     .Help("Attachments of bridges after their first, as they report them.")
                     .Register(*registry)
                     .Add({});
}

void EntryPointMetrics::Add(const v1::ReportUsageRequest& report) {
  for (const v1::EntryPointUsage& usage : report.entry_points()) {
    if (!Known(usage.entry_point())) continue;
    const std::vector<double> counts(usage.buckets().begin(), usage.buckets().end());
    latencies_[static_cast<size_t>(usage.entry_point())]->ObserveMultiple(counts,
                                                                          static_cast<double>(usage.total_us()) / 1e6);
  }
  reconnects_->Increment(report.reconnects());
}

}  // namespace resource_broker::broker
