// Bytes as hexadecimal digits, and text as bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace resource_broker::rhs_host {

// "00ff10" to three bytes; empty text to none. InvalidArgument for an odd number of digits or another character.
absl::StatusOr<std::vector<uint8_t>> ParseHexadecimal(absl::string_view text);

std::string FormatHexadecimal(absl::Span<const uint8_t> bytes);

// The code units as Windows keeps them in memory: little-endian, no NUL added.
std::vector<uint8_t> BytesOfUtf16(std::u16string_view text);

}  // namespace resource_broker::rhs_host
