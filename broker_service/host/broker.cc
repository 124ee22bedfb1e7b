#include "broker_service/host/broker.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "broker_service/access/access_rules.h"
#include "broker_service/access/call_rates.h"
#include "broker_service/access/gate.h"
#include "broker_service/access/remote_callers.h"
#include "broker_service/api/activation_service.h"
#include "broker_service/api/admin_service.h"
#include "broker_service/api/audit_service.h"
#include "broker_service/api/bridge_service.h"
#include "broker_service/api/configuration_service.h"
#include "broker_service/api/diagnostics_service.h"
#include "broker_service/api/fault_service.h"
#include "broker_service/api/modules_service.h"
#include "broker_service/api/package_service.h"
#include "broker_service/api/queue_service.h"
#include "broker_service/api/takeover_service.h"
#include "broker_service/audit/audit_log.h"
#include "broker_service/callback_threads.h"
#include "broker_service/deadline.h"
#include "broker_service/events/event_log.h"
#include "broker_service/faults/faults.h"
#include "broker_service/host/api_server.h"
#include "broker_service/host/broker_gauges.h"
#include "broker_service/host/broker_metrics.h"
#include "broker_service/host/live_config.h"
#include "broker_service/host/live_keys.h"
#include "broker_service/host/logging.h"
#include "broker_service/host/options_of.h"
#include "broker_service/host/platform.h"
#include "broker_service/journal/journal_backup.h"
#include "broker_service/journal/sqlite_journal.h"
#include "broker_service/log.h"
#include "broker_service/modules/module_supervisor.h"
#include "broker_service/modules/process_watch.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/operations/timer_thread.h"
#include "broker_service/packages/installed_package.h"
#include "broker_service/packages/staging.h"
#include "broker_service/packages/trusted_keys.h"
#include "broker_service/remote/remote_server.h"
#include "broker_service/slow_step.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kInstanceBytes = 16;
constexpr char kFaultsNotice[] =
    "faults.allowed is set in broker.json: local administrators can make this broker fail on command (brokerctl fault)";

}  // namespace

Broker::Broker(v1::BrokerConfig config, std::function<void()> end_for_upgrade, BrokerSurroundings surroundings)
    : config_(std::move(config)),
      clock_(std::make_unique<SystemClock>()),
      live_config_(std::make_unique<LiveConfig>(config_, std::move(surroundings.config_file), clock_.get())),
      door_(surroundings.door),
      fault_service_(std::make_unique<FaultService>()),
      takeover_service_(std::make_unique<TakeoverService>(ProcessId(), std::move(end_for_upgrade))) {}

Broker::~Broker() {
  // Its thread uses what goes before it.
  if (journal_ != nullptr) journal_->Stop();
}

absl::Status Broker::Start(const std::optional<Predecessor>& predecessor) {
  absl::Status status = Serve(predecessor);
  if (!status.ok() && predecessor.has_value()) Abandon();
  return status;
}

void Broker::Abandon() {
  if (engine_ != nullptr) engine_->HandOver([] {});
  if (modules_ != nullptr) {
    modules_->ReturnWaiting();
    modules_->LetGo();
  }
  if (audit_ != nullptr) audit_->Stop();
  if (journal_ != nullptr) journal_->Close();
}

absl::Status Broker::Serve(const std::optional<Predecessor>& predecessor) {
  // Before the first channel, which is to a module that may end before the first server is there.
  KeepCallbackThreads();
  Faults::OfProcess().Configure(config_.faults());
  if (config_.faults().allowed()) RaiseEvent(EventId::kFaultsAllowed);
  timers_ = std::make_unique<TimerThread>();
  slow_steps_ =
      std::make_unique<SlowSteps>(absl::Milliseconds(config_.timeouts().slow_step_ms()), clock_.get(), timers_.get());
  if (config_.has_metrics()) metrics_ = std::make_unique<BrokerMetrics>();
  if (absl::Status status = OpenJournal(predecessor); !status.ok()) return status;
  if (absl::Status status = StartModules(); !status.ok()) return status;
  StartSessions();
  MakeDoor();
  MakeBridgeService();
  MakeAdminServices();
  absl::Status status = StartServers(predecessor);
  served_ = status.ok();
  if (!status.ok() && !predecessor.has_value()) Stop();
  if (status.ok() && predecessor.has_value()) {
    RaiseEvent(EventId::kBrokerTookOver, RESOURCE_BROKER_VERSION, predecessor->name,
               absl::FormatDuration(absl::Trunc(absl::Now() - predecessor->unserved_since, absl::Microseconds(100))));
    ReachFaultPoint(FaultPoint::kTakeoverServing);
  }
  return status;
}

absl::Status Broker::OpenJournal(const std::optional<Predecessor>& predecessor) {
  const v1::BrokerConfig::Limits& limits = config_.limits();
  JournalOptions options;
  if (metrics_ != nullptr) options.committed = metrics_->committed();
  options.max_ended = limits.max_ended_operations();
  options.max_age = absl::Hours(24) * limits.max_ended_days();
  options.max_backlog_bytes = limits.max_journal_backlog_bytes();
  options.slow_steps = slow_steps_.get();
  if (predecessor.has_value()) options.file = {predecessor->lock_wait, /*checked=*/true};
  absl::StatusOr<std::unique_ptr<SqliteJournal>> journal = SqliteJournal::Open(JournalFile(config_), options);
  if (!journal.ok()) return journal.status();
  journal_ = *std::move(journal);
  JournalBackup::RemoveLeftovers(journal_->file());
  if (predecessor.has_value()) {
    if (absl::Status status = BeforeFaultPoint(FaultPoint::kTakeoverLocked); !status.ok()) return status;
    AfterFaultPoint(FaultPoint::kTakeoverLocked);
  }
  // The journal's lock is for both files.
  AuditOptions audit;
  audit.file = std::filesystem::u8path(config_.data_directory()) / "audit.db";
  audit.limits = {limits.max_audit_records(), absl::Hours(24) * limits.max_audit_days()};
  audit.retry = absl::Milliseconds(config_.timeouts().journal_retry_ms());
  audit.clock = clock_.get();
  audit_ = std::make_unique<AuditLog>(std::move(audit));
  return absl::OkStatus();
}

absl::Status Broker::StartModules() {
  StagingOptions staging;
  staging.modules_directory = std::filesystem::u8path(config_.modules_directory());
  staging.max_package_bytes = config_.limits().max_package_bytes();
  if (absl::StatusOr<TrustedKeys> keys = TrustedKeys::Parse(config_.packages()); keys.ok()) {
    staging.keys = *std::move(keys);
  } else {
    return keys.status();
  }
  staging.user_of = [this](const std::string& name, const std::string& version) { return UserOf(name, version); };
  ModuleOptions modules = ModuleOptionsOf(config_);
  modules.slow_steps = slow_steps_.get();
  modules.verify = [keys = staging.keys](const InstalledModule& module) {
    return VerifyInstalled(module.folder, module.manifest, keys);
  };
  staging_ = std::make_unique<Staging>(std::move(staging));
  staging_->CleanUp();
  modules_ = std::make_unique<ModuleSupervisor>(modules, clock_.get(), timers_.get());
  if (absl::Status status = modules_->Prepare(); !status.ok()) return status;
  watchers_ = std::make_unique<OperationWatchers>(config_.limits().max_stream_backlog());
  EngineParts parts;
  parts.journal = journal_.get();
  parts.gateway = modules_.get();
  parts.clock = clock_.get();
  parts.timers = timers_.get();
  parts.watchers = watchers_.get();
  parts.metrics = metrics_ == nullptr ? nullptr : metrics_->operations();
  engine_ = OperationEngine::Create(EngineOptionsOf(config_), parts);
  modules_->SetListener(engine_);
  const SlowSteps::Step step = slow_steps_->Begin("broker.recover", [] { return "what the journal kept"; });
  // Before what they work on is asked for again.
  ReachFaultPoint(FaultPoint::kRecoverAdopt);
  modules_->Adopt();
  AfterFaultPoint(FaultPoint::kRecoverAdopt);
  if (absl::Status status = engine_->Recover(); !status.ok()) return status;
  ReachFaultPoint(FaultPoint::kRecoverDone);
  return absl::OkStatus();
}

void Broker::StartSessions() {
  processes_ = ProcessWatch::Start([this](ProcessWatch::Id process) { sessions_->OnProcessEnd(process); });
  sessions_ = std::make_shared<Sessions>(
      config_.limits().max_sessions(), absl::Milliseconds(config_.timeouts().session_grace_ms()), timers_.get(),
      processes_.get(), [weak = std::weak_ptr<OperationEngine>(engine_)](const std::string& session) {
        if (const auto engine = weak.lock()) engine->CloseSession(session);
      });
}

void Broker::MakeDoor() {
  access_rules_ = std::make_unique<AccessRules>(config_.remote());
  remote_callers_ = std::make_unique<RemoteCallers>();
  call_rates_ = std::make_unique<CallRates>(config_.limits().max_calls_per_second(), clock_.get());
  GateParts parts;
  parts.rules = access_rules_.get();
  parts.callers = remote_callers_.get();
  parts.rates = call_rates_.get();
  parts.audit = audit_.get();
  own_door_ = std::make_unique<Gate>(parts);
  if (door_ == nullptr) door_ = own_door_.get();
}

void Broker::MakeBridgeService() {
  BridgeServiceParts bridge;
  bridge.engine = engine_;
  bridge.gateway = modules_.get();
  bridge.sessions = sessions_;
  bridge.timers = timers_.get();
  bridge.broker_instance = RandomBytes(kInstanceBytes);
  bridge.max_in_buffer_bytes = config_.limits().max_in_buffer_bytes();
  bridge.stream = {config_.limits().max_stream_backlog(), absl::Milliseconds(config_.timeouts().stream_end_ms())};
  if (metrics_ != nullptr) bridge.entry_points = metrics_->entry_points();
  bridge_service_ = std::make_unique<BridgeService>(std::move(bridge));
}

void Broker::MakeAdminServices() {
  const v1::BrokerConfig::Limits& limits = config_.limits();
  const v1::BrokerConfig::Timeouts& timeouts = config_.timeouts();
  AdminServiceParts admin;
  admin.door = door_;
  admin.engine = engine_;
  admin.journal = journal_.get();
  if (!journal_->notice().empty()) admin.notices.push_back(journal_->notice());
  if (metrics_ != nullptr) {
    const BrokerGaugesParts gauges{
        engine_, journal_.get(), modules_.get(), sessions_, slow_steps_.get(), [this]() -> std::optional<absl::Time> {
          const RemoteServer* const remote = remote_;
          if (remote == nullptr || remote->certificate_ends() == absl::InfiniteFuture()) return std::nullopt;
          return remote->certificate_ends();
        }};
    // No cluster goes without its broker for want of a port.
    if (absl::Status served = metrics_->Serve(config_.metrics().address(), gauges); !served.ok()) {
      RaiseEvent(EventId::kMetricsNotServed, served.message());
      admin.notices.emplace_back(served.message());
    }
  }
  if (config_.faults().allowed()) admin.notices.emplace_back(kFaultsNotice);
  admin.current_notices = [this] { return Notices(); };
  admin.modules = modules_.get();
  admin.slow_steps = slow_steps_.get();
  admin.sessions = sessions_;
  admin.clock = clock_.get();
  admin.timers = timers_.get();
  admin.node = NodeName();
  admin.process_id = ProcessId();
  write_thread_ = std::make_unique<WriteThread>();
  const StreamOptions stream = {limits.max_stream_backlog(), absl::Milliseconds(timeouts.stream_end_ms()),
                                write_thread_.get()};
  admin.stream = stream;
  admin_service_ = std::make_unique<AdminService>(std::move(admin));
  activation_service_ = std::make_unique<ActivationService>(door_, modules_.get());
  queue_service_ = std::make_unique<QueueService>(door_, engine_);
  live_config_->Add(LiveLogKeys(), UpdateLogging);
  live_config_->Add(LiveThrottleKeys(),
                    [this](const v1::BrokerConfig& config) { engine_->SetConfiguredLimits(ThrottlesOf(config)); });
  live_config_->Add(LiveGrantKeys(),
                    [this](const v1::BrokerConfig& config) { access_rules_->Update(config.remote()); });
  configuration_service_ = std::make_unique<ConfigurationService>(door_, live_config_.get());
  DiagnosticsServiceParts diagnostics;
  diagnostics.door = door_;
  diagnostics.journal = journal_.get();
  diagnostics.modules = modules_.get();
  diagnostics.sessions = sessions_;
  diagnostics.slow_steps = slow_steps_.get();
  diagnostics.clock = clock_.get();
  diagnostics.connections = [this] { return remote_callers_->CountByIdentity(); };
  diagnostics.timers = timers_.get();
  diagnostics.node = NodeName();
  diagnostics.process_id = ProcessId();
  diagnostics.backup = absl::Milliseconds(timeouts.journal_backup_ms());
  diagnostics_service_ = std::make_unique<DiagnosticsService>(std::move(diagnostics));
  modules_service_ = std::make_unique<ModulesService>(
      ModulesServiceParts{door_, {engine_, modules_.get(), timers_.get()}, clock_.get(), stream});

  PackageServiceParts packages;
  packages.door = door_;
  packages.staging = staging_.get();
  packages.timers = timers_.get();
  packages.max_package_bytes = limits.max_package_bytes();
  packages.upload = absl::Milliseconds(timeouts.package_upload_ms());
  package_service_ = std::make_unique<PackageService>(packages);
  audit_service_ = std::make_unique<AuditService>(door_, audit_.get());

  admin_services_ = {admin_service_.get(),   activation_service_.get(),    package_service_.get(),
                     queue_service_.get(),   configuration_service_.get(), diagnostics_service_.get(),
                     modules_service_.get(), audit_service_.get()};
}

absl::Status Broker::StartServers(const std::optional<Predecessor>& predecessor) {
  ApiServerOptions admin_api;
  admin_api.address = config_.admin_address();
  admin_api.insight = Insight::kShown;
  admin_api.max_connections = static_cast<int>(config_.limits().max_connections());
  admin_api.first_byte = absl::Milliseconds(config_.timeouts().first_byte_ms());
  ApiServerOptions bridge_api = admin_api;
  bridge_api.address = config_.bridge_address();
  bridge_api.insight = Insight::kNone;
  if (config_.faults().allowed()) {
    bridge_api.tap = [](size_t bytes) { return Faults::OfProcess().Receive(FaultPoint::kBridgePipe, bytes); };
  }
  // Watched from the moment it connects, as what it says of itself later may be another's number.
  bridge_api.on_client = [processes = processes_.get()](const ipc::PeerIdentity& client) {
    if (client.process_id == 0) return;
    if (const absl::Status status = processes->Add(client.process_id); !status.ok()) {
      LogWarning("the end of ", client.ToString(), " will be noticed by its connection only: ", status.message());
    }
  };
  // Who has let go of the journal may have the address for another moment, as the system ends a process that was killed
  // in an order of its own.
  const Deadline until(predecessor.has_value() ? predecessor->lock_wait : absl::ZeroDuration());
  const auto serve = [until, retry = absl::Milliseconds(config_.timeouts().take_over_retry_ms())](const auto& start,
                                                                                                  auto* server) {
    auto started = start();
    while (absl::IsAlreadyExists(started.status()) && !until.passed()) {
      absl::SleepFor(retry);
      started = start();
    }
    if (started.ok()) *server = *std::move(started);
    return started.status();
  };
  std::vector<grpc::Service*> local_services = admin_services_;
  local_services.insert(local_services.end(), {fault_service_.get(), takeover_service_.get()});
  absl::Status status = BeforeFaultPoint(FaultPoint::kBrokerServe);
  if (status.ok()) status = serve([&] { return ApiServer::Start(admin_api, local_services); }, &admin_server_);
  if (status.ok()) {
    status = serve([&] { return ApiServer::Start(bridge_api, {bridge_service_.get()}); }, &bridge_server_);
  }
  if (status.ok() && config_.has_remote()) {
    const RemoteServerParts parts = {admin_services_, door_, remote_callers_.get(), audit_.get()};
    status = serve([&] { return RemoteServer::Start(config_, parts); }, &remote_server_);
    remote_ = remote_server_.get();
  }
  if (status.ok()) AfterFaultPoint(FaultPoint::kBrokerServe);
  return status;
}

int Broker::metrics_port() const { return metrics_ == nullptr ? 0 : metrics_->port(); }

std::vector<std::string> Broker::Notices() const {
  std::vector<std::string> notices = audit_->Notices();
  if (const RemoteServer* remote = remote_) {
    for (std::string& notice : remote->Notices()) notices.push_back(std::move(notice));
  }
  return notices;
}

std::string Broker::UserOf(const std::string& name, const std::string& version) {
  const absl::StatusOr<v1::ListModuleVersionsResponse> listed = modules_->Versions(name);
  if (!listed.ok()) return std::string();
  for (const v1::ModuleVersions& module : listed->modules()) {
    if (version == module.activating()) return "it is being activated";
    if (version == module.canary()) return "it is a canary";
    for (const v1::ModuleVersions::VersionStatus& status : module.versions()) {
      if (status.version() == version && status.process_id() != 0) {
        return absl::StrCat("process ", status.process_id(), " runs it");
      }
    }
  }
  return std::string();
}

void Broker::Stop() {
  const absl::Duration stop = absl::Milliseconds(config_.timeouts().broker_stop_ms());
  const SlowSteps::Step step = slow_steps_->Begin("broker.stop", [] { return "modules, clients, journal"; });
  takeover_service_->Refuse();
  ReachFaultPoint(FaultPoint::kBrokerStop);
  if (admin_server_ != nullptr) admin_server_->SetServing(false);
  if (remote_server_ != nullptr) remote_server_->SetServing(false);
  if (bridge_server_ != nullptr) bridge_server_->StopListening();
  if (sessions_ != nullptr) {
    sessions_->EndStreams(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the broker is stopping"));
  }
  auto stopped = std::make_shared<absl::Notification>();
  modules_->Stop([stopped] { stopped->Notify(); });
  if (!stopped->WaitForNotificationWithTimeout(stop * 2 / 3)) LogError("not every module has ended in time");
  // Until here administrators can ask what the broker waits for.
  if (remote_server_ != nullptr) remote_server_->StopListening();
  if (admin_server_ != nullptr) admin_server_->StopListening();
  if (metrics_ != nullptr) metrics_->StopServing();
  const absl::Duration server_stop = std::min(absl::Milliseconds(config_.timeouts().calls_stop_ms()), stop / 10);
  if (bridge_server_ != nullptr) bridge_server_->Stop(server_stop);
  if (remote_server_ != nullptr) remote_server_->Stop(server_stop);
  if (admin_server_ != nullptr) admin_server_->Stop(server_stop);
  // Last: what the modules answered to the end is written.
  journal_->Stop();
  audit_->Stop();
  if (served_) RaiseEvent(EventId::kBrokerStopped, RESOURCE_BROKER_VERSION);
  AfterFaultPoint(FaultPoint::kBrokerStop);
}

void Broker::Settle() {
  bridge_service_->HandOver();
  auto settled = std::make_shared<absl::Notification>();
  engine_->HandOver([settled] { settled->Notify(); });
  modules_->ReturnWaiting();
  if (!settled->WaitForNotificationWithTimeout(absl::Milliseconds(config_.timeouts().upgrade_settle_ms()))) {
    LogWarning("a module has not confirmed what it was given, or the journal takes no writes");
  }
}

void Broker::EndForUpgrade() {
  const SlowSteps::Step step = slow_steps_->Begin("broker.stop", [] { return "for an upgrade"; });
  ReachFaultPoint(FaultPoint::kTakeoverAsked);
  const absl::Duration calls_stop = absl::Milliseconds(config_.timeouts().upgrade_calls_stop_ms());
  // The next broker serves them there. While bridges are still served, as it takes its time.
  if (metrics_ != nullptr) metrics_->StopServing();
  const absl::Time unserved_since = absl::Now();
  Settle();
  bridge_server_->StopListening();
  sessions_->EndStreams(grpc::Status(grpc::StatusCode::UNAVAILABLE, kUpgrading));
  // Calls that wait for a module keep it from ending: that is not waited for, and the process's end ends it.
  auto bridges_ended = std::make_shared<absl::Notification>();
  std::thread([this, bridges_ended, calls_stop] {
    bridge_server_->Stop(calls_stop);
    bridges_ended->Notify();
  }).detach();
  AfterFaultPoint(FaultPoint::kTakeoverAsked);
  modules_->LetGo();
  audit_->Stop();
  journal_->Close();
  if (remote_server_ != nullptr) remote_server_->StopListening();
  admin_server_->StopListening();
  LogInfo("let go of journal and modules for an upgrade, ",
          absl::FormatDuration(absl::Trunc(absl::Now() - unserved_since, absl::Microseconds(100))),
          " after it served last");
  ReachFaultPoint(FaultPoint::kTakeoverReleased);
  takeover_service_->Answer(absl::Now() - unserved_since);
  AfterFaultPoint(FaultPoint::kTakeoverReleased);
  if (remote_server_ != nullptr) remote_server_->Stop(calls_stop);
  admin_server_->Stop(calls_stop);
  bridges_ended->WaitForNotificationWithTimeout(2 * calls_stop);
  RaiseEvent(EventId::kBrokerEndedForUpgrade, RESOURCE_BROKER_VERSION);
}

}  // namespace resource_broker::broker
