#include "absl/strings/numbers.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/names/names.h"

namespace resource_broker::names {

absl::StatusOr<uint32_t> ParseNumber(absl::string_view text) {
  uint32_t number = 0;
  const bool hexadecimal = absl::StartsWithIgnoreCase(text, "0x");
  const absl::string_view digits = hexadecimal ? text.substr(2) : text;
  const bool starts_with_digit = !digits.empty() && absl::ascii_isxdigit(static_cast<unsigned char>(digits.front()));
  if (starts_with_digit && (hexadecimal ? absl::SimpleHexAtoi(digits, &number) : absl::SimpleAtoi(digits, &number))) {
    return number;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is not a number of 32 bits (decimal, or hexadecimal with 0x)"));
}

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  absl::Duration duration;
  const bool has_unit = !text.empty() && absl::ascii_isalpha(static_cast<unsigned char>(text.back()));
  if (!has_unit || !absl::ParseDuration(text, &duration) || duration < absl::ZeroDuration() ||
      duration > absl::Hours(24)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a duration such as 250ms, 10s or 2m"));
  }
  return duration;
}

}  // namespace resource_broker::names
