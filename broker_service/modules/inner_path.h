// Paths inside a module's folder, as manifests and packages name them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace resource_broker::broker {

// Forward slashes, at most 255 bytes, inside the folder whatever a platform makes of other characters.
bool IsInnerPath(std::string_view path);

// The path of a packaged file: an inner path that names one file, the same, on every platform. At most 16 parts, valid
// UTF-8 without control characters, no part that ends with a dot or a space or that Windows gives to a device (NUL,
// "aux.txt"). InvalidArgument says what is wrong, without the path.
absl::Status CheckFilePath(std::string_view path);

// A stranger's path for a message, which must be UTF-8: escaped where it has to be.
std::string PathAsText(std::string_view path);

}  // namespace resource_broker::broker
