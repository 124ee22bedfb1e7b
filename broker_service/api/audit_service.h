// The audit log, served.
#pragma once

#include "broker_service/access/door.h"
#include "broker_service/audit/audit_log.h"
#include "resource_broker/v1/audit.grpc.pb.h"

namespace resource_broker::broker {

// Thread-safe. Both must outlive it.
class AuditService : public v1::Audit::CallbackService {
 public:
  AuditService(Door* door, AuditLog* log) : door_(door), log_(log) {}

  grpc::ServerUnaryReactor* ListAuditRecords(grpc::CallbackServerContext* context,
                                             const v1::ListAuditRecordsRequest* request,
                                             v1::ListAuditRecordsResponse* response) override;

 private:
  Door* const door_;
  AuditLog* const log_;
};

}  // namespace resource_broker::broker
