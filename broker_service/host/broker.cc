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
#include "broker_service/access/local_door.h"
#include "broker_service/callback_threads.h"
#include "broker_service/deadline.h"
#include "broker_service/faults/faults.h"
#include "broker_service/host/broker_gauges.h"
#include "broker_service/host/module_sockets.h"
#include "broker_service/host/platform.h"
#include "broker_service/journal/journal_backup.h"
#include "broker_service/log.h"
#include "broker_service/packages/installed_package.h"
#include "broker_service/packages/trusted_keys.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kInstanceBytes = 16;
constexpr char kFaultsNotice[] =
    "faults.allowed is set in broker.json: local administrators can make this broker fail on command (brokerctl fault)";

ThrottleLimits ThrottlesOf(const v1::BrokerConfig& config) {
  return {config.limits().max_running_operations(), config.limits().max_running_per_module(),
          config.limits().max_running_per_destination()};
}

LogLevel LogLevelOf(const v1::BrokerConfig& config) {
  const std::string& level = config.log_level();
  if (level == "trace") return LogLevel::kTrace;
  if (level == "debug") return LogLevel::kDebug;
  if (level == "warning") return LogLevel::kWarning;
  return level == "error" ? LogLevel::kError : LogLevel::kInfo;
}

EngineOptions EngineOptionsOf(const v1::BrokerConfig& config) {
  EngineOptions options;
  options.max_resources = config.limits().max_resources();
  options.running = ThrottlesOf(config);
  options.max_pending_operations = config.limits().max_pending_operations();
  options.module_terminate = absl::Milliseconds(config.timeouts().module_terminate_ms());
  options.queue_retry = absl::Milliseconds(config.timeouts().queue_retry_ms());
  options.queue_retry_max = absl::Milliseconds(config.timeouts().queue_retry_max_ms());
  options.journal_retry = absl::Milliseconds(config.timeouts().journal_retry_ms());
  options.queue_by_cluster = config.queue().mode() == "cluster";
  options.report_restored_as_failed = config.restore().report() == "failed";
  options.windows_build = WindowsBuild();
  return options;
}

ModuleOptions ModuleOptionsOf(const v1::BrokerConfig& config) {
  const v1::BrokerConfig::Timeouts& timeouts = config.timeouts();
  ModuleOptions options;
  options.modules_directory = std::filesystem::u8path(config.modules_directory());
  options.log_directory = std::filesystem::u8path(config.data_directory()) / "logs" / "modules";
  options.running_directory = std::filesystem::u8path(config.data_directory()) / "running";
  options.active_directory = std::filesystem::u8path(config.data_directory()) / "active";
  options.socket_directory = ModuleSocketFolder(config.bridge_address());
  options.handshake = absl::Milliseconds(timeouts.module_handshake_ms());
  options.call = absl::Milliseconds(timeouts.module_call_ms());
  // No module outlasts the broker's own end.
  options.stop = absl::Milliseconds(std::min(timeouts.module_stop_ms(), timeouts.broker_stop_ms() / 2));
  options.terminate = absl::Milliseconds(timeouts.module_terminate_ms());
  options.restart_backoff = absl::Milliseconds(timeouts.module_restart_backoff_ms());
  options.restart_backoff_max = absl::Milliseconds(timeouts.module_restart_backoff_max_ms());
  options.max_failures = config.limits().max_module_failures();
  options.stable_after = absl::Milliseconds(timeouts.module_stable_ms());
  options.ask_again = absl::Milliseconds(timeouts.module_ask_again_ms());
  options.last_words = absl::Milliseconds(timeouts.module_last_words_ms());
  options.probation = absl::Milliseconds(timeouts.module_probation_ms());
  options.self_test = absl::Milliseconds(timeouts.module_self_test_ms());
  options.tells = absl::Milliseconds(timeouts.module_tells_ms());
  options.keep_versions = config.modules().keep_versions();
  return options;
}

}  // namespace

Broker::Broker(v1::BrokerConfig config, std::function<void()> end_for_upgrade, BrokerSurroundings surroundings)
    : config_(std::move(config)),
      own_door_(surroundings.door == nullptr ? std::make_unique<LocalDoor>() : nullptr),
      door_(surroundings.door == nullptr ? own_door_.get() : surroundings.door),
      live_config_(config_, std::move(surroundings.config_file), &clock_),
      takeover_service_(ProcessId(), std::move(end_for_upgrade)) {}

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
  if (journal_ != nullptr) journal_->Close();
}

absl::Status Broker::Serve(const std::optional<Predecessor>& predecessor) {
  // Before the first channel, which is to a module that may end before the first server is there.
  KeepCallbackThreads();
  Faults::OfProcess().Configure(config_.faults());
  if (config_.faults().allowed()) LogWarning(kFaultsNotice);
  const v1::BrokerConfig::Limits& limits = config_.limits();
  const v1::BrokerConfig::Timeouts& timeouts = config_.timeouts();
  timers_ = std::make_unique<TimerThread>();
  slow_steps_ = std::make_unique<SlowSteps>(absl::Milliseconds(timeouts.slow_step_ms()), &clock_, timers_.get());
  if (config_.has_metrics()) metrics_ = std::make_unique<BrokerMetrics>();
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
  StagingOptions staging;
  staging.modules_directory = std::filesystem::u8path(config_.modules_directory());
  staging.max_package_bytes = limits.max_package_bytes();
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
  modules_ = std::make_unique<ModuleSupervisor>(modules, &clock_, timers_.get());
  if (absl::Status status = modules_->Prepare(); !status.ok()) return status;
  engine_ = OperationEngine::Create(EngineOptionsOf(config_), {journal_.get(), modules_.get(), &clock_, timers_.get(),
                                                               metrics_ == nullptr ? nullptr : metrics_->operations()});
  modules_->SetListener(engine_);
  {
    const SlowSteps::Step step = slow_steps_->Begin("broker.recover", [] { return "what the journal kept"; });
    // Before what they work on is asked for again.
    ReachFaultPoint(FaultPoint::kRecoverAdopt);
    modules_->Adopt();
    AfterFaultPoint(FaultPoint::kRecoverAdopt);
    if (absl::Status status = engine_->Recover(); !status.ok()) return status;
    ReachFaultPoint(FaultPoint::kRecoverDone);
  }
  processes_ = ProcessWatch::Start([this](ProcessWatch::Id process) { sessions_->OnProcessEnd(process); });
  sessions_ = std::make_shared<Sessions>(limits.max_sessions(), absl::Milliseconds(timeouts.session_grace_ms()),
                                         timers_.get(), processes_.get(),
                                         [weak = std::weak_ptr<OperationEngine>(engine_)](const std::string& session) {
                                           if (const auto engine = weak.lock()) engine->CloseSession(session);
                                         });

  BridgeServiceParts bridge;
  bridge.engine = engine_;
  bridge.gateway = modules_.get();
  bridge.sessions = sessions_;
  bridge.timers = timers_.get();
  bridge.broker_instance = RandomBytes(kInstanceBytes);
  bridge.max_in_buffer_bytes = limits.max_in_buffer_bytes();
  bridge.stream = {limits.max_stream_backlog(), absl::Milliseconds(timeouts.stream_end_ms())};
  if (metrics_ != nullptr) bridge.entry_points = metrics_->entry_points();
  bridge_service_ = std::make_unique<BridgeService>(std::move(bridge));

  AdminServiceParts admin;
  admin.door = door_;
  admin.engine = engine_;
  admin.journal = journal_.get();
  if (!journal_->notice().empty()) admin.notices.push_back(journal_->notice());
  if (metrics_ != nullptr) {
    const BrokerGaugesParts gauges{engine_, journal_.get(), modules_.get(), sessions_, slow_steps_.get(), nullptr};
    // No cluster goes without its broker for want of a port.
    if (absl::Status served = metrics_->Serve(config_.metrics().address(), gauges); !served.ok()) {
      LogError(served.message());
      admin.notices.emplace_back(served.message());
    }
  }
  if (config_.faults().allowed()) admin.notices.emplace_back(kFaultsNotice);
  admin.modules = modules_.get();
  admin.slow_steps = slow_steps_.get();
  admin.sessions = sessions_;
  admin.clock = &clock_;
  admin.timers = timers_.get();
  admin.node = NodeName();
  admin.process_id = ProcessId();
  admin.stream = {limits.max_stream_backlog(), absl::Milliseconds(timeouts.stream_end_ms())};
  admin_service_ = std::make_unique<AdminService>(std::move(admin));
  activation_service_ = std::make_unique<ActivationService>(door_, modules_.get());
  queue_service_ = std::make_unique<QueueService>(door_, engine_);
  live_config_.Add({"logLevel"}, [](const v1::BrokerConfig& config) { SetLogLevel(LogLevelOf(config)); });
  live_config_.Add({"limits.maxRunningOperations", "limits.maxRunningPerModule", "limits.maxRunningPerDestination"},
                   [this](const v1::BrokerConfig& config) { engine_->SetConfiguredLimits(ThrottlesOf(config)); });
  configuration_service_ = std::make_unique<ConfigurationService>(door_, &live_config_);
  DiagnosticsServiceParts diagnostics;
  diagnostics.door = door_;
  diagnostics.journal = journal_.get();
  diagnostics.modules = modules_.get();
  diagnostics.sessions = sessions_;
  diagnostics.slow_steps = slow_steps_.get();
  diagnostics.clock = &clock_;
  diagnostics.timers = timers_.get();
  diagnostics.node = NodeName();
  diagnostics.process_id = ProcessId();
  diagnostics.backup = absl::Milliseconds(timeouts.journal_backup_ms());
  diagnostics_service_ = std::make_unique<DiagnosticsService>(std::move(diagnostics));
  modules_service_ = std::make_unique<ModulesService>(
      ModulesServiceParts{door_,
                          {engine_, modules_.get(), timers_.get()},
                          &clock_,
                          {limits.max_stream_backlog(), absl::Milliseconds(timeouts.stream_end_ms())}});

  PackageServiceParts packages;
  packages.door = door_;
  packages.staging = staging_.get();
  packages.timers = timers_.get();
  packages.max_package_bytes = limits.max_package_bytes();
  packages.upload = absl::Milliseconds(timeouts.package_upload_ms());
  package_service_ = std::make_unique<PackageService>(packages);

  ApiServerOptions admin_api;
  admin_api.address = config_.admin_address();
  admin_api.max_connections = static_cast<int>(limits.max_connections());
  admin_api.first_byte = absl::Milliseconds(timeouts.first_byte_ms());
  ApiServerOptions bridge_api = admin_api;
  bridge_api.address = config_.bridge_address();
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
  const auto serve = [until, retry = absl::Milliseconds(timeouts.take_over_retry_ms())](
                         const ApiServerOptions& options, const std::vector<grpc::Service*>& services,
                         std::unique_ptr<ApiServer>* server) {
    absl::StatusOr<std::unique_ptr<ApiServer>> started = ApiServer::Start(options, services);
    while (absl::IsAlreadyExists(started.status()) && !until.passed()) {
      absl::SleepFor(retry);
      started = ApiServer::Start(options, services);
    }
    if (!started.ok()) return started.status();
    *server = *std::move(started);
    return absl::OkStatus();
  };
  absl::Status status = BeforeFaultPoint(FaultPoint::kBrokerServe);
  if (status.ok()) {
    status = serve(admin_api,
                   {admin_service_.get(), activation_service_.get(), package_service_.get(), queue_service_.get(),
                    configuration_service_.get(), diagnostics_service_.get(), modules_service_.get(), &fault_service_,
                    &takeover_service_},
                   &admin_server_);
  }
  if (status.ok()) status = serve(bridge_api, {bridge_service_.get()}, &bridge_server_);
  if (status.ok()) AfterFaultPoint(FaultPoint::kBrokerServe);
  if (!status.ok() && !predecessor.has_value()) Stop();
  if (status.ok() && predecessor.has_value()) {
    LogInfo("took over from ", predecessor->name, "; no broker answered bridges for ",
            absl::FormatDuration(absl::Trunc(absl::Now() - predecessor->unserved_since, absl::Microseconds(100))));
    ReachFaultPoint(FaultPoint::kTakeoverServing);
  }
  return status;
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
  takeover_service_.Refuse();
  ReachFaultPoint(FaultPoint::kBrokerStop);
  if (bridge_server_ != nullptr) bridge_server_->StopListening();
  if (sessions_ != nullptr) {
    sessions_->EndStreams(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the broker is stopping"));
  }
  auto stopped = std::make_shared<absl::Notification>();
  modules_->Stop([stopped] { stopped->Notify(); });
  if (!stopped->WaitForNotificationWithTimeout(stop * 2 / 3)) LogError("not every module has ended in time");
  // Until here administrators can ask what the broker waits for.
  if (admin_server_ != nullptr) admin_server_->StopListening();
  if (metrics_ != nullptr) metrics_->StopServing();
  const absl::Duration server_stop = std::min(absl::Milliseconds(config_.timeouts().calls_stop_ms()), stop / 10);
  if (bridge_server_ != nullptr) bridge_server_->Stop(server_stop);
  if (admin_server_ != nullptr) admin_server_->Stop(server_stop);
  // Last: what the modules answered to the end is written.
  journal_->Stop();
  LogInfo("stopped");
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
  journal_->Close();
  admin_server_->StopListening();
  LogInfo("let go of journal and modules for an upgrade, ",
          absl::FormatDuration(absl::Trunc(absl::Now() - unserved_since, absl::Microseconds(100))),
          " after it served last");
  ReachFaultPoint(FaultPoint::kTakeoverReleased);
  takeover_service_.Answer(absl::Now() - unserved_since);
  AfterFaultPoint(FaultPoint::kTakeoverReleased);
  admin_server_->Stop(calls_stop);
  bridges_ended->WaitForNotificationWithTimeout(2 * calls_stop);
  LogInfo("ended for an upgrade");
}

}  // namespace resource_broker::broker
