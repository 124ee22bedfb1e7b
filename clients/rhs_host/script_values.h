// The values a script's arguments take.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/rhs_host/host.h"

namespace resource_broker::rhs_host {

// "true" or "false".
absl::StatusOr<bool> ParseTruth(absl::string_view text);

// The bytes of an InBuffer: hex:00ff (digits may be missing: no bytes), text:… (UTF-8), utf16:… (little-endian, without
// a NUL), @file, or fill:SIZE, whose byte number i is i modulo 251. At most 64 MiB.
absl::StatusOr<std::vector<uint8_t>> ParseBytes(absl::string_view text);

// UTF-16 code units as hexadecimal numbers of four digits, first unit first, none of them 0000; may be invalid UTF-16.
absl::StatusOr<std::u16string> ParseCodeUnits(absl::string_view text);

// "closed", "null", or a number.
absl::StatusOr<ResidChoice> ParseResid(absl::string_view text);

}  // namespace resource_broker::rhs_host
