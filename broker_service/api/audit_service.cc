#include "broker_service/api/audit_service.h"

#include "broker_service/api/grpc_status.h"
#include "broker_service/api/validation.h"

namespace resource_broker::broker {
namespace {

absl::Status List(const v1::ListAuditRecordsRequest& request, AuditLog* log, v1::ListAuditRecordsResponse* response) {
  if (absl::Status status = Check(request); !status.ok()) return status;
  absl::StatusOr<v1::ListAuditRecordsResponse> page = log->List(request);
  if (page.ok()) response->Swap(&*page);
  return page.status();
}

}  // namespace

grpc::ServerUnaryReactor* AuditService::ListAuditRecords(grpc::CallbackServerContext* context,
                                                         const v1::ListAuditRecordsRequest* request,
                                                         v1::ListAuditRecordsResponse* response) {
  absl::Status status = door_->Admit(*context, "Audit.ListAuditRecords").status();
  if (status.ok()) status = List(*request, log_, response);
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(status));
  return reactor;
}

}  // namespace resource_broker::broker
