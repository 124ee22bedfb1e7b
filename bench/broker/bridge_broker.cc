#include "bench/broker/bridge_broker.h"

#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "broker_service/callback_threads.h"
#include "broker_service/host/options_of.h"
#include "broker_service/text.h"

namespace resource_broker::bench {
namespace {

constexpr size_t kInstanceBytes = 16;

}  // namespace

BridgeBroker::BridgeBroker(const v1::BrokerConfig& config, broker::Journal* journal)
    : config_(config), journal_(journal) {}

BridgeBroker::~BridgeBroker() = default;

absl::Status BridgeBroker::Start() {
  broker::KeepCallbackThreads();
  modules_ = std::make_unique<broker::ModuleSupervisor>(broker::ModuleOptionsOf(config_), &clock_, &timers_);
  if (absl::Status status = modules_->Prepare(); !status.ok()) return status;
  engine_ = broker::OperationEngine::Create(broker::EngineOptionsOf(config_),
                                            {journal_, modules_.get(), &clock_, &timers_, &watchers_, nullptr});
  modules_->SetListener(engine_);
  modules_->Adopt();
  if (absl::Status status = engine_->Recover(); !status.ok()) return status;
  processes_ =
      broker::ProcessWatch::Start([this](broker::ProcessWatch::Id process) { sessions_->OnProcessEnd(process); });
  sessions_ = std::make_shared<broker::Sessions>(
      config_.limits().max_sessions(), absl::Milliseconds(config_.timeouts().session_grace_ms()), &timers_,
      processes_.get(), [weak = std::weak_ptr<broker::OperationEngine>(engine_)](const std::string& session) {
        if (const auto engine = weak.lock()) engine->CloseSession(session);
      });

  broker::BridgeServiceParts parts;
  parts.engine = engine_;
  parts.gateway = modules_.get();
  parts.sessions = sessions_;
  parts.timers = &timers_;
  parts.broker_instance = broker::RandomBytes(kInstanceBytes);
  parts.max_in_buffer_bytes = config_.limits().max_in_buffer_bytes();
  parts.stream = {config_.limits().max_stream_backlog(), absl::Milliseconds(config_.timeouts().stream_end_ms())};
  service_ = std::make_unique<broker::BridgeService>(std::move(parts));

  broker::ApiServerOptions options;
  options.address = config_.bridge_address();
  options.on_client = [processes = processes_.get()](const ipc::PeerIdentity& client) {
    if (client.process_id != 0) processes->Add(client.process_id).IgnoreError();
  };
  absl::StatusOr<std::unique_ptr<broker::ApiServer>> server = broker::ApiServer::Start(options, {service_.get()});
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  return absl::OkStatus();
}

void BridgeBroker::Stop() {
  server_->StopListening();
  sessions_->EndStreams(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the broker is stopping"));
  auto stopped = std::make_shared<absl::Notification>();
  modules_->Stop([stopped] { stopped->Notify(); });
  stopped->WaitForNotificationWithTimeout(absl::Milliseconds(config_.timeouts().broker_stop_ms()));
  server_->Stop(absl::Milliseconds(config_.timeouts().calls_stop_ms()));
}

}  // namespace resource_broker::bench
