// Checks of what a broker sends; each error is INVALID_ARGUMENT, naming the field.
#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "resource_broker/v1/module.pb.h"

namespace resource_broker::sdk {

// 1 to 1,024 bytes.
grpc::Status CheckResourceName(const std::string& name);
grpc::Status CheckExecute(const v1::ExecuteRequest& request);

// The version both speak, in `choice`; FAILED_PRECONDITION with both ranges if there is none.
grpc::Status ChooseVersion(const v1::ProtocolOffer& offer, v1::ProtocolChoice* choice);

}  // namespace resource_broker::sdk
