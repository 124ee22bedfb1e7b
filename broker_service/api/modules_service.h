// Modules as processes: the contract, served.
#pragma once

#include "broker_service/access/door.h"
#include "broker_service/api/event_stream.h"
#include "broker_service/api/module_drain.h"
#include "resource_broker/v1/modules.grpc.pb.h"

namespace resource_broker::broker {

struct ModulesServiceParts {
  Door* door = nullptr;
  ModuleDrainParts drain;
  Clock* clock = nullptr;
  StreamOptions stream;
};

// Thread-safe.
class ModulesService : public v1::Modules::CallbackService {
 public:
  explicit ModulesService(ModulesServiceParts parts) : parts_(std::move(parts)) {}

  grpc::ServerUnaryReactor* DrainModule(grpc::CallbackServerContext* context, const v1::DrainModuleRequest* request,
                                        v1::DrainModuleResponse* response) override;
  grpc::ServerWriteReactor<v1::LogLines>* ReadModuleLog(grpc::CallbackServerContext* context,
                                                        const v1::ReadModuleLogRequest* request) override;

 private:
  const ModulesServiceParts parts_;
};

}  // namespace resource_broker::broker
