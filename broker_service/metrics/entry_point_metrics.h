// What bridges report of themselves.
#pragma once

#include <array>

#include "absl/status/status.h"
#include "resource_broker/v1/bridge.pb.h"

namespace prometheus {
class Counter;
class Histogram;
class Registry;
}  // namespace prometheus

namespace resource_broker::broker {

// Thread-safe.
class EntryPointMetrics {
 public:
  // `registry` outlives it.
  explicit EntryPointMetrics(prometheus::Registry* registry);

  // Adds a checked report.
  void Add(const v1::ReportUsageRequest& report);

 private:
  std::array<prometheus::Histogram*, v1::EntryPointUsage::EntryPoint_ARRAYSIZE> latencies_{};
  prometheus::Counter* reconnects_;
};

// InvalidArgument names the field. Unknown entry points are fine: a newer bridge may have more.
absl::Status Check(const v1::ReportUsageRequest& report);

}  // namespace resource_broker::broker
