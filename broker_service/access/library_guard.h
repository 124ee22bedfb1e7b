// Asks the door for the services that gRPC's libraries bring along, which know of none.
#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <memory>

#include "broker_service/access/door.h"

namespace resource_broker::broker {

// For ServerBuilder::experimental().SetInterceptorCreators. Calls of services of this project pass: their handlers ask.
// All others are ended with the door's word before their handler's first answer can be sent. `door` must outlive the
// server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> LibraryGuard(Door* door);

}  // namespace resource_broker::broker
