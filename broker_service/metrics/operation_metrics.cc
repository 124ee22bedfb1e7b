#include "broker_service/metrics/operation_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace resource_broker::broker {
namespace {

// SUCCEEDED to REFUSED, as EventKind numbers them.
constexpr std::array<const char*, 5> kOutcomeNames = {"succeeded", "failed", "cancelled", "terminated", "refused"};
static_assert(v1::REFUSED - v1::SUCCEEDED + 1 == kOutcomeNames.size());
constexpr std::array<const char*, 2> kKindNames = {"online", "offline"};

// An operation takes from a moment to a day.
const prometheus::Histogram::BucketBoundaries& Seconds() {
  static const auto* const bounds =
      new prometheus::Histogram::BucketBoundaries{0.001, 0.005, 0.02, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 86400};
  return *bounds;
}

}  // namespace

void ModuleOperationMetrics::Count(v1::OperationKind kind, v1::EventKind outcome, absl::Duration queued,
                                   absl::Duration run) const {
  const OfKind& metrics = kinds_[kind == v1::OFFLINE ? 1 : 0];
  const auto index = static_cast<size_t>(outcome - v1::SUCCEEDED);
  if (index >= kOutcomes) return;
  metrics.ended[index]->Increment();
  metrics.queued->Observe(absl::ToDoubleSeconds(queued));
  if (run > absl::ZeroDuration()) metrics.run->Observe(absl::ToDoubleSeconds(run));
}

OperationMetrics::OperationMetrics(prometheus::Registry* registry)
    : ended_(&prometheus::BuildCounter()
                  .Name("resource_broker_operations_total")
                  .Help("Operations that have ended.")
                  .Register(*registry)),
      queued_(&prometheus::BuildHistogram()
                   .Name("resource_broker_operation_queue_seconds")
                   .Help("From an operation's acceptance to its first run in its module, or to its end without one.")
                   .Register(*registry)),
      run_(&prometheus::BuildHistogram()
                .Name("resource_broker_operation_run_seconds")
                .Help("From an operation's first run in its module to its end, waits for further tries included.")
                .Register(*registry)) {}

const ModuleOperationMetrics* OperationMetrics::OfModule(const std::string& module) {
  const auto found = modules_.find(module);
  if (found != modules_.end()) return found->second.get();
  const std::string name = modules_.size() < kMaxLabelValues ? module : std::string(kOtherLabel);
  std::unique_ptr<ModuleOperationMetrics>& entry = modules_[name];
  if (entry == nullptr) entry = Make(name);
  return entry.get();
}

std::unique_ptr<ModuleOperationMetrics> OperationMetrics::Make(const std::string& module) {
  auto made = std::make_unique<ModuleOperationMetrics>();
  for (size_t kind = 0; kind < kKindNames.size(); ++kind) {
    const prometheus::Labels labels = {{"module", module}, {"kind", kKindNames[kind]}};
    ModuleOperationMetrics::OfKind& metrics = made->kinds_[kind];
    metrics.queued = &queued_->Add(labels, Seconds());
    metrics.run = &run_->Add(labels, Seconds());
    for (size_t outcome = 0; outcome < kOutcomeNames.size(); ++outcome) {
      prometheus::Labels with_outcome = labels;
      with_outcome["outcome"] = kOutcomeNames[outcome];
      metrics.ended[outcome] = &ended_->Add(with_outcome);
    }
  }
  return made;
}

}  // namespace resource_broker::broker
