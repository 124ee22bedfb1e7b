// Files that nobody but this user, and those who may read everything anyway, can read.
#pragma once

#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace resource_broker::brokerctl {

// Makes `file` with mode 0600, on Windows with a protected DACL for the owner, LocalSystem and Administrators, and
// writes `text` into it. AlreadyExists where anything of that name is there. The error names the file.
absl::Status WriteNewPrivateFile(const std::filesystem::path& file, absl::string_view text);

// The same in the place of what is there, in one step. One writer at a time.
absl::Status ReplacePrivateFile(const std::filesystem::path& file, absl::string_view text);

// Makes `folder` and those above it that are missing, natively with mode 0700. What is there stays as it is.
absl::Status MakePrivateFolder(const std::filesystem::path& folder);

// FailedPrecondition, with what to do, where somebody else can read or change `file`; NotFound.
absl::Status CheckPrivate(const std::filesystem::path& file);

}  // namespace resource_broker::brokerctl
