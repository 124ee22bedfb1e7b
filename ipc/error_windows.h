// Windows' error codes as statuses.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace resource_broker::ipc {

// "<what>: <the system's text> (error <code>)" with the status code that fits best: PermissionDenied, NotFound,
// AlreadyExists, ResourceExhausted, Unavailable (the other end is busy or gone), else Unknown. `code` must not be 0.
absl::Status WindowsError(uint32_t code, absl::string_view what);

// The same for GetLastError().
absl::Status LastWindowsError(absl::string_view what);

}  // namespace resource_broker::ipc
