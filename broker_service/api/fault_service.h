// Faults on command, served.
#pragma once

#include "resource_broker/v1/faults.grpc.pb.h"

namespace resource_broker::broker {

// Blocking methods on purpose: gRPC gives those threads of their own, whatever is held on those that all others share.
// Thread-safe.
class FaultService : public v1::Faults::Service {
 public:
  grpc::Status ListFaultPoints(grpc::ServerContext* context, const v1::ListFaultPointsRequest* request,
                               v1::ListFaultPointsResponse* response) override;
  grpc::Status ArmFault(grpc::ServerContext* context, const v1::ArmFaultRequest* request,
                        v1::ArmFaultResponse* response) override;
  grpc::Status ClearFaults(grpc::ServerContext* context, const v1::ClearFaultsRequest* request,
                           v1::ClearFaultsResponse* response) override;
};

}  // namespace resource_broker::broker
