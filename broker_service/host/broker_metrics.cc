#include "broker_service/host/broker_metrics.h"

#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <utility>

#include "broker_service/host/broker_gauges.h"

namespace resource_broker::broker {

BrokerMetrics::BrokerMetrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      operations_(registry_.get()),
      entry_points_(registry_.get()),
      commits_(&prometheus::BuildHistogram()
                    .Name("resource_broker_journal_commit_seconds")
                    .Help("Transactions of the journal, from their first write until they are on the disk.")
                    .Register(*registry_)
                    .Add({}, prometheus::Histogram::BucketBoundaries{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                                     0.1, 0.25, 1, 5})) {}

BrokerMetrics::~BrokerMetrics() = default;

std::function<void(absl::Duration)> BrokerMetrics::committed() {
  return [commits = commits_](absl::Duration took) { commits->Observe(absl::ToDoubleSeconds(took)); };
}

absl::Status BrokerMetrics::Serve(const std::string& address, BrokerGaugesParts parts) {
  absl::StatusOr<std::unique_ptr<MetricsServer>> server =
      MetricsServer::Start(address, {registry_, std::make_shared<BrokerGauges>(std::move(parts))});
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
