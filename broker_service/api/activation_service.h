// Which version of a module serves: the contract, served.
#pragma once

#include "broker_service/modules/module_supervisor.h"
#include "resource_broker/v1/activation.grpc.pb.h"

namespace resource_broker::broker {

// Thread-safe.
class ActivationService : public v1::Activation::CallbackService {
 public:
  // `modules` outlives it.
  explicit ActivationService(ModuleSupervisor* modules) : modules_(modules) {}

  grpc::ServerUnaryReactor* ActivateModule(grpc::CallbackServerContext* context,
                                           const v1::ActivateModuleRequest* request,
                                           v1::ActivateModuleResponse* response) override;
  grpc::ServerUnaryReactor* RollbackModule(grpc::CallbackServerContext* context,
                                           const v1::RollbackModuleRequest* request,
                                           v1::RollbackModuleResponse* response) override;
  grpc::ServerUnaryReactor* ListModuleVersions(grpc::CallbackServerContext* context,
                                               const v1::ListModuleVersionsRequest* request,
                                               v1::ListModuleVersionsResponse* response) override;

 private:
  ModuleSupervisor* const modules_;
};

}  // namespace resource_broker::broker
