#include "broker_service/api/configuration_service.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "broker_service/api/answer.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kMaxJsonBytes = 1 << 20;

}  // namespace

grpc::ServerUnaryReactor* ConfigurationService::GetConfiguration(grpc::CallbackServerContext* context,
                                                                 const v1::GetConfigurationRequest* request,
                                                                 v1::GetConfigurationResponse* response) {
  const absl::StatusOr<Caller> caller = door_->Admit(*context, "Configuration.GetConfiguration");
  if (!caller.ok()) return Answer(context, caller.status());
  *response = source_->Current();
  return Answer(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* ConfigurationService::ValidateConfiguration(grpc::CallbackServerContext* context,
                                                                      const v1::ValidateConfigurationRequest* request,
                                                                      v1::ConfigurationCheck* response) {
  const absl::StatusOr<Caller> caller = door_->Admit(*context, "Configuration.ValidateConfiguration");
  if (!caller.ok()) return Answer(context, caller.status());
  if (request->json().size() > kMaxJsonBytes) {
    return Answer(context, absl::InvalidArgumentError("json: larger than 1 MiB"));
  }
  *response = source_->Validate(request->json());
  return Answer(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* ConfigurationService::ReloadConfiguration(grpc::CallbackServerContext* context,
                                                                    const v1::ReloadConfigurationRequest* request,
                                                                    v1::ConfigurationCheck* response) {
  const absl::StatusOr<Caller> caller = door_->Admit(*context, "Configuration.ReloadConfiguration");
  if (!caller.ok()) return Answer(context, caller.status());
  *response = source_->Reload();
  // That nothing was loaded is the answer, not an error, and for the audit log a change that failed.
  door_->Record(*caller, "Configuration.ReloadConfiguration",
                ChangeOf("configuration", "",
                         response->live().empty() ? "nothing new"
                                                  : absl::StrCat("changed: ", absl::StrJoin(response->live(), ", "))),
                response->error().empty() ? absl::OkStatus() : absl::InvalidArgumentError(response->error()));
  return Answer(context, absl::OkStatus());
}

}  // namespace resource_broker::broker
