#include "broker_service/api/activation_service.h"

#include <utility>

#include "broker_service/api/grpc_status.h"
#include "broker_service/modules/manifest.h"

namespace resource_broker::broker {
namespace {

absl::Status CheckModule(const std::string& name) {
  if (IsModuleName(name)) return absl::OkStatus();
  return absl::InvalidArgumentError("module: must be 1 to 64 of a-z, 0-9 and _");
}

absl::Status Check(const v1::ActivateModuleRequest& request) {
  if (absl::Status status = CheckModule(request.module()); !status.ok()) return status;
  if (!IsModuleVersion(request.version())) {
    return absl::InvalidArgumentError("version: must be three numbers, perhaps with a suffix: 1.0.0 or 1.0.0-rc1");
  }
  if (request.canary_percent() > 99) return absl::InvalidArgumentError("canary_percent: must be 0 to 99");
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* ActivationService::ActivateModule(grpc::CallbackServerContext* context,
                                                            const v1::ActivateModuleRequest* request,
                                                            v1::ActivateModuleResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (absl::Status status = Check(*request); !status.ok()) {
    reactor->Finish(ToGrpc(status));
    return reactor;
  }
  modules_->Activate(*request, [reactor, response](absl::StatusOr<v1::ActivateModuleResponse> answer) {
    if (answer.ok()) response->Swap(&*answer);
    reactor->Finish(ToGrpc(answer.status()));
  });
  return reactor;
}

grpc::ServerUnaryReactor* ActivationService::RollbackModule(grpc::CallbackServerContext* context,
                                                            const v1::RollbackModuleRequest* request,
                                                            v1::RollbackModuleResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (absl::Status status = CheckModule(request->module()); !status.ok()) {
    reactor->Finish(ToGrpc(status));
    return reactor;
  }
  modules_->Rollback(request->module(), [reactor, response](absl::StatusOr<v1::RollbackModuleResponse> answer) {
    if (answer.ok()) response->Swap(&*answer);
    reactor->Finish(ToGrpc(answer.status()));
  });
  return reactor;
}

grpc::ServerUnaryReactor* ActivationService::ListModuleVersions(grpc::CallbackServerContext* context,
                                                                const v1::ListModuleVersionsRequest* request,
                                                                v1::ListModuleVersionsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::Status status = request->module().empty() ? absl::OkStatus() : CheckModule(request->module());
  if (status.ok()) {
    absl::StatusOr<v1::ListModuleVersionsResponse> answer = modules_->Versions(request->module());
    status = answer.status();
    if (status.ok()) response->Swap(&*answer);
  }
  reactor->Finish(ToGrpc(status));
  return reactor;
}

}  // namespace resource_broker::broker
