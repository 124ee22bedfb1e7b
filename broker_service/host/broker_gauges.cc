#include "broker_service/host/broker_gauges.h"

#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "broker_service/metrics/operation_metrics.h"

namespace resource_broker::broker {

std::vector<prometheus::MetricFamily> BrokerGauges::Collect() const {
  MetricPage page;
  AddProcess(&page);
  AddWork(&page);
  AddModules(&page);
  AddJournal(&page);
  return page.Take();
}

void BrokerGauges::AddProcess(MetricPage* page) const {
  page->Gauge("resource_broker_build_info", "1, with the version that runs.");
  page->Value(1, {{"version", RESOURCE_BROKER_VERSION}});
  page->Gauge("resource_broker_start_time_seconds", "When the broker was started, in seconds since 1970.");
  page->Value(absl::ToDoubleSeconds(started_ - absl::UnixEpoch()));
  page->Gauge("resource_broker_certificate_expiry_timestamp_seconds",
              "When the certificate for remote administrators ends, in seconds since 1970.");
  if (parts_.certificate_expiry) {
    if (const std::optional<absl::Time> expiry = parts_.certificate_expiry()) {
      page->Value(absl::ToDoubleSeconds(*expiry - absl::UnixEpoch()));
    }
  }
  page->Counter("resource_broker_slow_steps_total", "Steps that took longer than timeouts.slowStepMs.");
  for (const auto& [step, count] : parts_.slow_steps->Counts()) {
    page->Value(static_cast<double>(count), {{"step", step}});
  }
}

void BrokerGauges::AddWork(MetricPage* page) const {
  double connected = 0;
  const std::vector<v1::SessionStatus> sessions = parts_.sessions->Status();
  for (const v1::SessionStatus& session : sessions) connected += session.connected() ? 1 : 0;
  page->Gauge("resource_broker_sessions", "RHS processes that are attached, by whether their connection is there.");
  page->Value(connected, {{"connected", "true"}});
  page->Value(static_cast<double>(sessions.size()) - connected, {{"connected", "false"}});
  const ResourceCounts resources = parts_.engine->CountResources();
  page->Gauge("resource_broker_resources_open", "Resources an RHS process has open.");
  page->Value(resources.open);
  page->Gauge("resource_broker_resources_known", "Resources the broker knows, open or not.");
  page->Value(resources.known);
  const OperationCounts operations = parts_.engine->Counts();
  page->Gauge("resource_broker_operations_queued", "Operations that wait.");
  page->Value(operations.queued);
  page->Gauge("resource_broker_operations_running", "Operations modules work on.");
  page->Value(operations.running);
  page->Gauge("resource_broker_queue_paused", "1 while the queue is paused.");
  page->Value(parts_.engine->Pause().paused ? 1 : 0);
}

void BrokerGauges::AddModules(MetricPage* page) const {
  std::vector<v1::ModuleStatus> modules = parts_.modules->Status();
  std::map<std::string, double> restarts;
  for (const v1::ModuleStatus& module : modules) {
    restarts[restarts.size() < kMaxLabelValues ? module.name() : std::string(kOtherLabel)] += module.restarts();
  }
  page->Counter("resource_broker_module_restarts_total", "Starts of a module's process after its first.");
  for (const auto& [module, count] : restarts) page->Value(count, {{"module", module}});
  page->Gauge("resource_broker_module_state", "1 for the state a module is in, 0 for all others.");
  modules.resize(std::min(modules.size(), kMaxLabelValues));
  for (const v1::ModuleStatus& module : modules) {
    for (int i = v1::ModuleStatus::STOPPED; i < v1::ModuleStatus::State_ARRAYSIZE; ++i) {
      const auto state = static_cast<v1::ModuleStatus::State>(i);
      page->Value(module.state() == state ? 1 : 0,
                  {{"module", module.name()}, {"state", absl::AsciiStrToLower(v1::ModuleStatus::State_Name(state))}});
    }
  }
}

void BrokerGauges::AddJournal(MetricPage* page) const {
  const JournalBacklog backlog = parts_.journal->backlog();
  page->Gauge("resource_broker_journal_backlog_writes", "Writes that wait for the journal.");
  page->Value(static_cast<double>(backlog.writes));
  page->Gauge("resource_broker_journal_backlog_bytes", "Bytes of those writes.");
  page->Value(static_cast<double>(backlog.bytes));
}

}  // namespace resource_broker::broker
