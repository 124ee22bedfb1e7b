// The whole broker in one object: everything between its configuration and its listeners.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "broker_service/access/door.h"
#include "broker_service/api/activation_service.h"
#include "broker_service/api/admin_service.h"
#include "broker_service/api/bridge_service.h"
#include "broker_service/api/configuration_service.h"
#include "broker_service/api/diagnostics_service.h"
#include "broker_service/api/fault_service.h"
#include "broker_service/api/modules_service.h"
#include "broker_service/api/package_service.h"
#include "broker_service/api/queue_service.h"
#include "broker_service/api/takeover_service.h"
#include "broker_service/host/api_server.h"
#include "broker_service/host/broker_metrics.h"
#include "broker_service/host/live_config.h"
#include "broker_service/host/take_over.h"
#include "broker_service/journal/sqlite_journal.h"
#include "broker_service/modules/module_supervisor.h"
#include "broker_service/modules/process_watch.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/operations/timer_thread.h"
#include "broker_service/packages/staging.h"
#include "broker_service/slow_step.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// Where a broker's configuration came from, and who lets its administrators in.
struct BrokerSurroundings {
  // As ChooseConfig was given it.
  std::filesystem::path config_file;
  // Null: LocalDoor. Outlives the broker.
  Door* door = nullptr;
};

// Start and Stop are called from one thread, each once.
class Broker {
 public:
  // `config` is complete, as ParseConfig gives it. `end_for_upgrade` is called, on any thread and at most once, when
  // another broker asks this one to EndForUpgrade; null: that is refused.
  explicit Broker(v1::BrokerConfig config, std::function<void()> end_for_upgrade = nullptr,
                  BrokerSurroundings surroundings = {});
  ~Broker();

  // Serves when it returns OK. After an error only destruction is left; with a `predecessor`, whom it takes over from,
  // only the end of the process is: modules run on.
  absl::Status Start(const std::optional<Predecessor>& predecessor = std::nullopt);

  // The bridge's listener stops, streams end with UNAVAILABLE, modules are stopped, the administrators' listener stops,
  // servers end: all within broker_stop_ms.
  void Stop();

  // Instead of Stop: modules and their operations run on, and what the next broker needs is free for it as soon as that
  // can be. What modules still tell goes nowhere: only the end of the process is left, without this being destroyed.
  void EndForUpgrade();

  // Where metrics are served; 0: nowhere.
  int metrics_port() const { return metrics_ == nullptr ? 0 : metrics_->port(); }

 private:
  // What uses this version of a module, in words; empty if nothing does.
  std::string UserOf(const std::string& name, const std::string& version);
  absl::Status Serve(const std::optional<Predecessor>& predecessor);
  // What was begun of a take-over is left for whoever starts next.
  void Abandon();
  // Nothing is given to modules any more, and all that was given has arrived.
  void Settle();

  const v1::BrokerConfig config_;
  // In this order, because each uses those before it.
  SystemClock clock_;
  const std::unique_ptr<Door> own_door_;
  Door* const door_;
  LiveConfig live_config_;
  // Null: nobody wants them.
  std::unique_ptr<BrokerMetrics> metrics_;
  std::unique_ptr<SqliteJournal> journal_;
  std::unique_ptr<TimerThread> timers_;
  std::unique_ptr<SlowSteps> slow_steps_;
  std::unique_ptr<ModuleSupervisor> modules_;
  std::shared_ptr<OperationEngine> engine_;
  std::shared_ptr<Sessions> sessions_;
  // After the sessions, which it tells of ends: first to go.
  std::unique_ptr<ProcessWatch> processes_;
  std::unique_ptr<BridgeService> bridge_service_;
  std::unique_ptr<AdminService> admin_service_;
  std::unique_ptr<Staging> staging_;
  std::unique_ptr<PackageService> package_service_;
  FaultService fault_service_;
  TakeoverService takeover_service_;
  std::unique_ptr<ActivationService> activation_service_;
  std::unique_ptr<QueueService> queue_service_;
  std::unique_ptr<ConfigurationService> configuration_service_;
  std::unique_ptr<DiagnosticsService> diagnostics_service_;
  std::unique_ptr<ModulesService> modules_service_;
  std::unique_ptr<ApiServer> bridge_server_;
  std::unique_ptr<ApiServer> admin_server_;
};

}  // namespace resource_broker::broker
