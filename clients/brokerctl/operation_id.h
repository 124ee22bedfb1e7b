// Operation ids as people write them.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace resource_broker::brokerctl {

// An id, or the beginning of one.
struct IdPattern {
  // All 16 bytes; empty if it is only a beginning.
  std::string id;
  // Lower-case hexadecimal digits, 4 to 32.
  std::string prefix;
};

// 4 to 32 hexadecimal digits, or the base64 form that JSON output has. InvalidArgument for anything else.
absl::StatusOr<IdPattern> ParseIdPattern(absl::string_view text);

// All 32 digits, and the first 12 that tables show.
std::string FormatId(const std::string& id);
std::string FormatShortId(const std::string& id);

}  // namespace resource_broker::brokerctl
