// What the broker is and has right now, as metrics.
#pragma once

#include <prometheus/collectable.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "broker_service/api/sessions.h"
#include "broker_service/journal/sqlite_journal.h"
#include "broker_service/metrics/metric_page.h"
#include "broker_service/modules/module_supervisor.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/slow_step.h"

namespace resource_broker::broker {

// All outlive it.
struct BrokerGaugesParts {
  std::shared_ptr<OperationEngine> engine;
  const SqliteJournal* journal = nullptr;
  ModuleSupervisor* modules = nullptr;
  std::shared_ptr<Sessions> sessions;
  const SlowSteps* slow_steps = nullptr;
  // When the certificate that remote administrators are shown ends; empty, or nullopt: there is none.
  std::function<std::optional<absl::Time>()> certificate_expiry;
};

// Asked at each scrape; costs nothing in between. Thread-safe.
class BrokerGauges : public prometheus::Collectable {
 public:
  explicit BrokerGauges(BrokerGaugesParts parts) : parts_(std::move(parts)), started_(absl::Now()) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  void AddProcess(MetricPage* page) const;
  void AddWork(MetricPage* page) const;
  void AddModules(MetricPage* page) const;
  void AddJournal(MetricPage* page) const;

  const BrokerGaugesParts parts_;
  const absl::Time started_;
};

}  // namespace resource_broker::broker
