// Our errors as gRPC's.
#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"

namespace resource_broker::broker {

inline grpc::Status ToGrpc(const absl::Status& status) {
  // The two number their codes alike.
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace resource_broker::broker
