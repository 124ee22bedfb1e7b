// A named pipe as gRPC's transports see connections.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "ipc/unique_handle_windows.h"

struct grpc_endpoint;

namespace resource_broker::ipc {

// Takes a connected pipe that the completion thread knows. `peer` is what handlers get as the peer's name. `held` is
// released when the connection has ended. `tap` as in ListenOptions. Like every endpoint it belongs to whoever calls
// grpc_endpoint_destroy, which a transport made on it does.
grpc_endpoint* NewPipeEndpoint(UniqueHandle pipe, std::string peer, std::string local, std::shared_ptr<void> held,
                               std::function<size_t(size_t bytes)> tap);

// The system writes all or nothing as far as is known, but does not promise it. From here on no endpoint asks it to
// write more than `bytes` at once, so that tests can see the rest follow. 0: no limit.
void LimitPipeWritesForTesting(size_t bytes);

}  // namespace resource_broker::ipc
