// All metrics of one broker, and where they are served.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "broker_service/metrics/entry_point_metrics.h"
#include "broker_service/metrics/metrics_server.h"
#include "broker_service/metrics/operation_metrics.h"

namespace prometheus {
class Registry;
}

namespace resource_broker::broker {

struct BrokerGaugesParts;

// What it hands out is valid as long as it is, and thread-safe unless it says otherwise.
class BrokerMetrics {
 public:
  BrokerMetrics();
  ~BrokerMetrics();

  OperationMetrics* operations() { return &operations_; }
  EntryPointMetrics* entry_points() { return &entry_points_; }
  // See JournalOptions.
  std::function<void(absl::Duration)> committed();

  // Serves at `address`, with the gauges of `parts`, until StopServing. Unavailable names the address.
  absl::Status Serve(const std::string& address, BrokerGaugesParts parts);
  void StopServing() { server_.reset(); }
  // 0: it is not served.
  int port() const { return server_ == nullptr ? 0 : server_->port(); }

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
  OperationMetrics operations_;
  EntryPointMetrics entry_points_;
  prometheus::Histogram* const commits_;
  std::unique_ptr<MetricsServer> server_;
};

}  // namespace resource_broker::broker
