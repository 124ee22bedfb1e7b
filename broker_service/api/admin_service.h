// The administrators' contract, served.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker_service/access/door.h"
#include "broker_service/api/event_stream.h"
#include "broker_service/api/sessions.h"
#include "broker_service/journal/journal.h"
#include "broker_service/modules/module_supervisor.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/slow_step.h"
#include "resource_broker/v1/admin.grpc.pb.h"

namespace resource_broker::broker {

struct AdminServiceParts {
  Door* door = nullptr;
  std::shared_ptr<OperationEngine> engine;
  Journal* journal = nullptr;
  ModuleSupervisor* modules = nullptr;
  const SlowSteps* slow_steps = nullptr;
  std::shared_ptr<Sessions> sessions;
  Clock* clock = nullptr;
  Timers* timers = nullptr;
  // This node's name.
  std::string node;
  uint32_t process_id = 0;
  StreamOptions stream;
  // See GetStatusResponse.notices.
  std::vector<std::string> notices;
  // Those that come and go; may be empty.
  std::function<std::vector<std::string>()> current_notices;
};

// Thread-safe.
class AdminService : public v1::Admin::CallbackService {
 public:
  explicit AdminService(AdminServiceParts parts);

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context, const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* ListResources(grpc::CallbackServerContext* context, const v1::ListResourcesRequest* request,
                                          v1::ListResourcesResponse* response) override;
  grpc::ServerUnaryReactor* GetResource(grpc::CallbackServerContext* context, const v1::GetResourceRequest* request,
                                        v1::GetResourceResponse* response) override;
  grpc::ServerUnaryReactor* CancelOperation(grpc::CallbackServerContext* context,
                                            const v1::AdminCancelOperationRequest* request,
                                            v1::AdminCancelOperationResponse* response) override;
  grpc::ServerUnaryReactor* ListOperations(grpc::CallbackServerContext* context,
                                           const v1::ListOperationsRequest* request,
                                           v1::ListOperationsResponse* response) override;
  grpc::ServerUnaryReactor* GetOperation(grpc::CallbackServerContext* context, const v1::GetOperationRequest* request,
                                         v1::OperationRecord* response) override;
  grpc::ServerWriteReactor<v1::WatchedEvent>* WatchOperations(grpc::CallbackServerContext* context,
                                                              const v1::WatchOperationsRequest* request) override;
  grpc::ServerUnaryReactor* SetResourceLock(grpc::CallbackServerContext* context,
                                            const v1::SetResourceLockRequest* request,
                                            v1::SetResourceLockResponse* response) override;

 private:
  void FillStatus(const v1::GetStatusRequest& request, v1::GetStatusResponse* response);
  // Of one resource: those that have not ended, and the newest that has.
  absl::Status FillOperations(const std::string& resource, v1::GetResourceResponse* response);

  const AdminServiceParts parts_;
  const int64_t started_unix_us_;
  const absl::Duration started_at_;
};

}  // namespace resource_broker::broker
