// What a failed call to the broker means for what was asked.
#pragma once

#include <grpcpp/support/status.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace resource_broker::bridge {

// Whether the same call may succeed later: the connection or the broker is at fault, not the request.
bool MayRecover(const grpc::Status& status);

// The Win32 code that RHS gets for a call that failed for good.
uint32_t Win32CodeOf(const grpc::Status& status);

// "NOT_FOUND: no module \"x\"", for the cluster log.
std::string Shown(const grpc::Status& status);

// Before the attempt after `failures` of them, from 1: doubling from 100 ms to 5 s, with a random quarter off, so that
// those who lost the broker together do not come back together.
std::chrono::milliseconds RetryDelay(int failures);

}  // namespace resource_broker::bridge
