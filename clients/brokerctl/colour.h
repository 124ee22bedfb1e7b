// Which states are green, yellow and red.
#pragma once

#include "absl/strings/string_view.h"

namespace resource_broker::brokerctl {

// The escape sequence that begins the colour of `cell` in the column `heading`; empty: none. kPlain ends it.
absl::string_view ColourOf(absl::string_view heading, absl::string_view cell);

inline constexpr absl::string_view kPlain = "\x1b[0m";

}  // namespace resource_broker::brokerctl
