// The bridge contract, served.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "broker_service/api/event_stream.h"
#include "broker_service/api/sessions.h"
#include "broker_service/metrics/entry_point_metrics.h"
#include "broker_service/operations/module_gateway.h"
#include "broker_service/operations/operation_engine.h"
#include "resource_broker/v1/bridge.grpc.pb.h"

namespace resource_broker::broker {

struct BridgeServiceParts {
  std::shared_ptr<OperationEngine> engine;
  ModuleGateway* gateway = nullptr;
  std::shared_ptr<Sessions> sessions;
  Timers* timers = nullptr;
  // 16 random bytes of this run of the broker.
  std::string broker_instance;
  uint32_t max_in_buffer_bytes = 0;
  StreamOptions stream;
  // Null: nobody looks at what bridges report.
  EntryPointMetrics* entry_points = nullptr;
};

// Checks what comes, and gives it to the engine. No handler blocks. Thread-safe.
class BridgeService : public v1::Bridge::CallbackService {
 public:
  explicit BridgeService(BridgeServiceParts parts) : parts_(std::move(parts)) {}

  // For good: every call is answered Unavailable, for the next broker to be asked.
  void HandOver() { handed_over_ = true; }

  grpc::ServerUnaryReactor* OpenSession(grpc::CallbackServerContext* context, const v1::OpenSessionRequest* request,
                                        v1::OpenSessionResponse* response) override;
  grpc::ServerWriteReactor<v1::SessionEvent>* Watch(grpc::CallbackServerContext* context,
                                                    const v1::WatchRequest* request) override;
  grpc::ServerUnaryReactor* CloseSession(grpc::CallbackServerContext* context, const v1::CloseSessionRequest* request,
                                         v1::CloseSessionResponse* response) override;
  grpc::ServerUnaryReactor* OpenResource(grpc::CallbackServerContext* context, const v1::OpenResourceRequest* request,
                                         v1::OpenResourceResponse* response) override;
  grpc::ServerUnaryReactor* CloseResource(grpc::CallbackServerContext* context, const v1::CloseResourceRequest* request,
                                          v1::CloseResourceResponse* response) override;
  grpc::ServerUnaryReactor* StartOperation(grpc::CallbackServerContext* context,
                                           const v1::StartOperationRequest* request,
                                           v1::StartOperationResponse* response) override;
  grpc::ServerUnaryReactor* CancelOperation(grpc::CallbackServerContext* context,
                                            const v1::CancelOperationRequest* request,
                                            v1::CancelOperationResponse* response) override;
  grpc::ServerUnaryReactor* TerminateResource(grpc::CallbackServerContext* context,
                                              const v1::TerminateResourceRequest* request,
                                              v1::TerminateResourceResponse* response) override;
  grpc::ServerUnaryReactor* CheckHealth(grpc::CallbackServerContext* context, const v1::CheckHealthRequest* request,
                                        v1::CheckHealthResponse* response) override;
  grpc::ServerUnaryReactor* ControlResource(grpc::CallbackServerContext* context,
                                            const v1::ControlResourceRequest* request,
                                            v1::ControlResponse* response) override;
  grpc::ServerUnaryReactor* ControlResourceType(grpc::CallbackServerContext* context,
                                                const v1::ControlResourceTypeRequest* request,
                                                v1::ControlResponse* response) override;
  grpc::ServerUnaryReactor* ReportUsage(grpc::CallbackServerContext* context, const v1::ReportUsageRequest* request,
                                        v1::ReportUsageResponse* response) override;

 private:
  absl::StatusOr<std::shared_ptr<Session>> Caller(const grpc::CallbackServerContext& context,
                                                  const std::string& session_id);
  // An open resource of this session, or NotFound.
  absl::StatusOr<OperationEngine::OpenResourceView> OpenIn(const Session& session, const std::string& resource);
  void Control(const std::string& module, v1::ModuleControlRequest control, v1::ControlResponse* response,
               grpc::ServerUnaryReactor* reactor);

  const BridgeServiceParts parts_;
  std::atomic<bool> handed_over_{false};
};

}  // namespace resource_broker::broker
