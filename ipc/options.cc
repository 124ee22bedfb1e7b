#include "ipc/options.h"

#include <grpcpp/support/channel_arguments.h>

#include <chrono>
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace resource_broker::ipc {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestTimeout = std::chrono::hours(1);

absl::Status CheckRange(absl::string_view field, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " is ", value, ", not in ", least, " to ", most));
}

absl::Status CheckTimeout(absl::string_view field, milliseconds value) {
  return CheckRange(field, value.count(), 1, kLongestTimeout.count());
}

absl::Status FirstError(std::initializer_list<absl::Status> statuses) {
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Complete(ListenOptions* options) {
  if (!options->authorize) options->authorize = SameAccountOrAdministrator();
  return FirstError({
      CheckRange("max_connections", options->max_connections, 1, 100'000),
      CheckRange("pending_instances", options->pending_instances, 1, 16),
      CheckTimeout("first_byte_timeout", options->first_byte_timeout),
      CheckTimeout("bind_timeout", options->bind_timeout),
  });
}

absl::Status Complete(ChannelOptions* options) {
  if (!options->verify_server) options->verify_server = SameAccountOrAdministrator();
  return FirstError({
      CheckTimeout("connect_timeout", options->connect_timeout),
      CheckTimeout("initial_backoff", options->initial_backoff),
      CheckTimeout("max_backoff", options->max_backoff),
      CheckRange("max_message_bytes", options->max_message_bytes, 1, 1 << 30),
  });
}

grpc::ChannelArguments ArgumentsOf(const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  arguments.SetMaxSendMessageSize(options.max_message_bytes);
  // In spite of its name this is how long one attempt to connect may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, static_cast<int>(options.connect_timeout.count()));
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, static_cast<int>(options.initial_backoff.count()));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, static_cast<int>(options.max_backoff.count()));
  // Connections are not shared between channels: each has its own check of the server.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // A proxy named in the environment is for the network.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (options.small_windows) arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  return arguments;
}

}  // namespace resource_broker::ipc
