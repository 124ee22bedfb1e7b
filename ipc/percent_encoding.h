// Percent-encoding, as URIs have it.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace resource_broker::ipc {

// Leaves letters, digits, "-._~" and the characters of `also_plain` as they are.
std::string PercentEncode(absl::string_view text, absl::string_view also_plain);

// nullopt for a '%' without two hexadecimal digits.
std::optional<std::string> PercentDecode(absl::string_view text);

}  // namespace resource_broker::ipc
