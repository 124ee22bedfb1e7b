// Whether a file or folder is as private as it must be.
#pragma once

#include <filesystem>

#include "absl/status/status.h"

namespace resource_broker::broker {

// FailedPrecondition: somebody else than its owner, the broker's account and administrators (natively root) may change
// what is at `path`, or its rights, or it belongs to somebody else; the message says who, and what to do. NotFound.
// Natively root takes any owner: the broker's account need not be root.
absl::Status CheckOthersCantChange(const std::filesystem::path& path);

// The same for reading as well.
absl::Status CheckOthersCantRead(const std::filesystem::path& path);

}  // namespace resource_broker::broker
