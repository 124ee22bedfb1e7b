#include "broker_service/api/fault_service.h"

#include "broker_service/api/grpc_status.h"
#include "broker_service/faults/faults.h"

namespace resource_broker::broker {

grpc::Status FaultService::ListFaultPoints(grpc::ServerContext* context, const v1::ListFaultPointsRequest* request,
                                           v1::ListFaultPointsResponse* response) {
  *response = Faults::OfProcess().List();
  return grpc::Status::OK;
}

grpc::Status FaultService::ArmFault(grpc::ServerContext* context, const v1::ArmFaultRequest* request,
                                    v1::ArmFaultResponse* response) {
  return ToGrpc(Faults::OfProcess().Arm(request->fault()));
}

grpc::Status FaultService::ClearFaults(grpc::ServerContext* context, const v1::ClearFaultsRequest* request,
                                       v1::ClearFaultsResponse* response) {
  return ToGrpc(Faults::OfProcess().Clear(request->point()));
}

}  // namespace resource_broker::broker
