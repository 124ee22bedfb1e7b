// The address of a named pipe as this transport writes it: npipe:////./pipe/<name>.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace resource_broker::ipc {

// `address` as Windows' calls want it: \\.\pipe\<name>. InvalidArgument if it does not begin with npipe:////./pipe/, is
// not UTF-8, or the name is empty, too long for the system (247 characters), or holds a backslash or a control
// character.
absl::StatusOr<std::wstring> PipeName(const std::string& address);

}  // namespace resource_broker::ipc
