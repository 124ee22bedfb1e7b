// Where the broker listens, from what an administrator writes into `PipeName`.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace resource_broker::bridge {

// npipe:////./pipe/resource-broker-v1, natively unix:/run/resource-broker/bridge.sock.
std::string DefaultBrokerAddress();

// The address of `name`. On Windows a pipe's bare name, \\.\pipe\<name> or npipe:////./pipe/<name>; the name has 1 to
// 200 printable ASCII characters without slashes. Natively unix:<absolute path>, or just the path. InvalidArgument for
// anything else.
absl::StatusOr<std::string> BrokerAddress(absl::string_view name);

}  // namespace resource_broker::bridge
