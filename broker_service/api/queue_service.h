// What waits and how much runs at once: the contract, served.
#pragma once

#include <memory>

#include "broker_service/access/door.h"
#include "broker_service/operations/operation_engine.h"
#include "resource_broker/v1/queue.grpc.pb.h"

namespace resource_broker::broker {

// Thread-safe.
class QueueService : public v1::Queue::CallbackService {
 public:
  // `door` outlives it.
  QueueService(Door* door, std::shared_ptr<OperationEngine> engine) : door_(door), engine_(std::move(engine)) {}

  grpc::ServerUnaryReactor* GetQueue(grpc::CallbackServerContext* context, const v1::GetQueueRequest* request,
                                     v1::QueueStatus* response) override;
  grpc::ServerUnaryReactor* PauseQueue(grpc::CallbackServerContext* context, const v1::PauseQueueRequest* request,
                                       v1::QueueStatus* response) override;
  grpc::ServerUnaryReactor* ResumeQueue(grpc::CallbackServerContext* context, const v1::ResumeQueueRequest* request,
                                        v1::QueueStatus* response) override;
  grpc::ServerUnaryReactor* SetQueueLimits(grpc::CallbackServerContext* context,
                                           const v1::SetQueueLimitsRequest* request,
                                           v1::QueueStatus* response) override;

 private:
  // Pauses or resumes, answers and records.
  grpc::ServerUnaryReactor* SetPause(grpc::CallbackServerContext* context, const Caller& caller, const char* method,
                                     bool paused, const std::string& reason, v1::QueueStatus* response);

  Door* const door_;
  const std::shared_ptr<OperationEngine> engine_;
};

}  // namespace resource_broker::broker
