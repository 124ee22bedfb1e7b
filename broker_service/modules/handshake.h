// The one line a module prints when it is ready to be called.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace resource_broker::broker {

// RESOURCE-BROKER-MODULE|1|<address>, with the address the module was told to listen on. InvalidArgument quotes a line
// that is anything else.
absl::Status CheckHandshake(std::string_view line, const std::string& address);

}  // namespace resource_broker::broker
