// The whole broker in one object: everything between its configuration and its listeners.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "broker_service/host/take_over.h"
#include "broker_service/operations/clock.h"
#include "resource_broker/v1/config.pb.h"

namespace grpc {
class Service;
}

namespace resource_broker::broker {

class AccessRules;
class ActivationService;
class AdminService;
class ApiServer;
class AuditLog;
class AuditService;
class BridgeService;
class BrokerMetrics;
class CallRates;
class ConfigurationService;
class DiagnosticsService;
class Door;
class FaultService;
class LiveConfig;
class ModuleSupervisor;
class ModulesService;
class OperationEngine;
class OperationWatchers;
class PackageService;
class ProcessWatch;
class QueueService;
class RemoteCallers;
class RemoteServer;
class Sessions;
class SlowSteps;
class SqliteJournal;
class Staging;
class TakeoverService;
class TimerThread;
class WriteThread;

// Where a broker's configuration came from, and who lets its administrators in.
struct BrokerSurroundings {
  // As ChooseConfig was given it.
  std::filesystem::path config_file;
  // Null: its own, which asks remote.grants and keeps the audit log. Outlives the broker.
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

  // The bridge's listener stops, streams end with UNAVAILABLE, modules are stopped, the administrators' listeners stop,
  // servers end: all within broker_stop_ms.
  void Stop();

  // Instead of Stop: modules and their operations run on, and what the next broker needs is free for it as soon as that
  // can be. What modules still tell goes nowhere: only the end of the process is left, without this being destroyed.
  void EndForUpgrade();

  // Where metrics are served; 0: nowhere.
  int metrics_port() const;

 private:
  // What uses this version of a module, in words; empty if nothing does.
  std::string UserOf(const std::string& name, const std::string& version);
  absl::Status Serve(const std::optional<Predecessor>& predecessor);
  // What was begun of a take-over is left for whoever starts next.
  void Abandon();
  // Nothing is given to modules any more, and all that was given has arrived.
  void Settle();

  absl::Status OpenJournal(const std::optional<Predecessor>& predecessor);
  absl::Status StartModules();
  void StartSessions();
  void MakeDoor();
  void MakeBridgeService();
  void MakeAdminServices();
  absl::Status StartServers(const std::optional<Predecessor>& predecessor);
  // What an administrator should look into now.
  std::vector<std::string> Notices() const;

  const v1::BrokerConfig config_;
  // In this order, because each uses those before it.
  const std::unique_ptr<Clock> clock_;
  const std::unique_ptr<LiveConfig> live_config_;
  // Null: nobody wants them.
  std::unique_ptr<BrokerMetrics> metrics_;
  std::unique_ptr<SqliteJournal> journal_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<TimerThread> timers_;
  std::unique_ptr<SlowSteps> slow_steps_;
  std::unique_ptr<OperationWatchers> watchers_;
  std::unique_ptr<WriteThread> write_thread_;
  std::unique_ptr<ModuleSupervisor> modules_;
  std::shared_ptr<OperationEngine> engine_;
  std::shared_ptr<Sessions> sessions_;
  // After the sessions, which it tells of ends: first to go.
  std::unique_ptr<ProcessWatch> processes_;
  std::unique_ptr<AccessRules> access_rules_;
  std::unique_ptr<RemoteCallers> remote_callers_;
  std::unique_ptr<CallRates> call_rates_;
  std::unique_ptr<Door> own_door_;
  // That, or another's.
  Door* door_;
  std::unique_ptr<BridgeService> bridge_service_;
  std::unique_ptr<AdminService> admin_service_;
  std::unique_ptr<Staging> staging_;
  std::unique_ptr<PackageService> package_service_;
  std::unique_ptr<AuditService> audit_service_;
  const std::unique_ptr<FaultService> fault_service_;
  const std::unique_ptr<TakeoverService> takeover_service_;
  std::unique_ptr<ActivationService> activation_service_;
  std::unique_ptr<QueueService> queue_service_;
  std::unique_ptr<ConfigurationService> configuration_service_;
  std::unique_ptr<DiagnosticsService> diagnostics_service_;
  std::unique_ptr<ModulesService> modules_service_;
  // What administrators are served, wherever they are; without what is for this node's alone.
  std::vector<grpc::Service*> admin_services_;
  std::unique_ptr<ApiServer> bridge_server_;
  std::unique_ptr<ApiServer> admin_server_;
  // Null where the configuration has none.
  std::unique_ptr<RemoteServer> remote_server_;
  // The same, for the services that are served before it is there.
  std::atomic<const RemoteServer*> remote_{nullptr};
  bool served_ = false;
};

}  // namespace resource_broker::broker
