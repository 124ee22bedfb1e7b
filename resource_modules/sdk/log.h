// The module's log: stderr, which the broker collects.
#pragma once

#include "absl/strings/string_view.h"

namespace resource_broker::sdk {

// Writes one line at once. Line ends inside become spaces. From any thread.
void Log(absl::string_view line);

}  // namespace resource_broker::sdk
