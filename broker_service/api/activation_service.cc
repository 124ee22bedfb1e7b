#include "broker_service/api/activation_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/api/answer.h"
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

std::string ActivationService::Serving(const std::string& module) {
  const absl::StatusOr<v1::ListModuleVersionsResponse> versions = modules_->Versions(module);
  if (!versions.ok() || versions->modules().empty()) return std::string();
  const v1::ModuleVersions& found = versions->modules(0);
  if (found.canary().empty()) return found.active();
  return absl::StrCat(found.active(), ", canary ", found.canary(), " for ", found.canary_percent(), " %");
}

grpc::ServerUnaryReactor* ActivationService::ActivateModule(grpc::CallbackServerContext* context,
                                                            const v1::ActivateModuleRequest* request,
                                                            v1::ActivateModuleResponse* response) {
  const absl::StatusOr<Caller> caller = door_->Admit(*context, "Activation.ActivateModule");
  if (!caller.ok()) return Answer(context, caller.status());
  const absl::Status status = Check(*request);
  std::string after = request->version();
  if (request->canary_percent() > 0) absl::StrAppend(&after, " for ", request->canary_percent(), " %");
  const Change change = ChangeOf(request->module(), status.ok() ? Serving(request->module()) : "", std::move(after));
  if (!status.ok()) {
    door_->Record(*caller, "Activation.ActivateModule", change, status);
    return Answer(context, status);
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  modules_->Activate(*request, [door = door_, caller = *caller, change, reactor,
                                response](absl::StatusOr<v1::ActivateModuleResponse> answer) {
    door->Record(caller, "Activation.ActivateModule", change, answer.status());
    if (answer.ok()) response->Swap(&*answer);
    reactor->Finish(ToGrpc(answer.status()));
  });
  return reactor;
}

grpc::ServerUnaryReactor* ActivationService::RollbackModule(grpc::CallbackServerContext* context,
                                                            const v1::RollbackModuleRequest* request,
                                                            v1::RollbackModuleResponse* response) {
  const absl::StatusOr<Caller> caller = door_->Admit(*context, "Activation.RollbackModule");
  if (!caller.ok()) return Answer(context, caller.status());
  const absl::Status status = CheckModule(request->module());
  Change change = ChangeOf(request->module(), status.ok() ? Serving(request->module()) : "", "");
  if (!status.ok()) {
    door_->Record(*caller, "Activation.RollbackModule", change, status);
    return Answer(context, status);
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  modules_->Rollback(request->module(), [this, caller = *caller, change, reactor,
                                         response](absl::StatusOr<v1::RollbackModuleResponse> answer) mutable {
    if (answer.ok()) change.after = Serving(change.subject);
    door_->Record(caller, "Activation.RollbackModule", change, answer.status());
    if (answer.ok()) response->Swap(&*answer);
    reactor->Finish(ToGrpc(answer.status()));
  });
  return reactor;
}

grpc::ServerUnaryReactor* ActivationService::ListModuleVersions(grpc::CallbackServerContext* context,
                                                                const v1::ListModuleVersionsRequest* request,
                                                                v1::ListModuleVersionsResponse* response) {
  const absl::StatusOr<Caller> caller = door_->Admit(*context, "Activation.ListModuleVersions");
  if (!caller.ok()) return Answer(context, caller.status());
  absl::Status status = request->module().empty() ? absl::OkStatus() : CheckModule(request->module());
  if (status.ok()) {
    absl::StatusOr<v1::ListModuleVersionsResponse> answer = modules_->Versions(request->module());
    status = answer.status();
    if (status.ok()) response->Swap(&*answer);
  }
  return Answer(context, status);
}

}  // namespace resource_broker::broker
