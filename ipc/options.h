// Validation that both platforms' listeners and channels share.
#pragma once

#include "absl/status/status.h"
#include "ipc/channel.h"
#include "ipc/listener.h"

namespace grpc {
class ChannelArguments;
}

namespace resource_broker::ipc {

// InvalidArgument that names the field and its range. Fills in what is left empty.
absl::Status Complete(ListenOptions* options);
absl::Status Complete(ChannelOptions* options);

// What `options` say to gRPC's client channel.
grpc::ChannelArguments ArgumentsOf(const ChannelOptions& options);

}  // namespace resource_broker::ipc
