// Which version of a module serves: the contract, served.
#pragma once

#include <string>

#include "broker_service/access/door.h"
#include "broker_service/modules/module_supervisor.h"
#include "resource_broker/v1/activation.grpc.pb.h"

namespace resource_broker::broker {

// Thread-safe.
class ActivationService : public v1::Activation::CallbackService {
 public:
  // Both outlive it.
  ActivationService(Door* door, ModuleSupervisor* modules) : door_(door), modules_(modules) {}

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
  // Which of a module's versions serve, in words.
  std::string Serving(const std::string& module);

  Door* const door_;
  ModuleSupervisor* const modules_;
};

}  // namespace resource_broker::broker
