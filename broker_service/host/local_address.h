// Addresses on this machine, as the configuration has them.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace resource_broker::broker {

// InvalidArgument: not npipe:////./pipe/<name>; natively not unix:<absolute path>.
absl::Status CheckLocalAddress(const std::string& address);

}  // namespace resource_broker::broker
