#include "clients/rhs_host/bytes.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace resource_broker::rhs_host {

absl::StatusOr<std::vector<uint8_t>> ParseHexadecimal(absl::string_view text) {
  const auto other =
      std::find_if_not(text.begin(), text.end(), [](char c) { return absl::ascii_isxdigit(static_cast<uint8_t>(c)); });
  if (other != text.end()) {
    return absl::InvalidArgumentError(absl::StrCat("'", std::string(1, *other), "' is not a hexadecimal digit"));
  }
  if (text.size() % 2 != 0) {
    return absl::InvalidArgumentError(absl::StrCat(text.size(), " hexadecimal digits are not whole bytes"));
  }
  const std::string bytes = absl::HexStringToBytes(text);
  return std::vector<uint8_t>(bytes.begin(), bytes.end());
}

std::string FormatHexadecimal(absl::Span<const uint8_t> bytes) {
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::vector<uint8_t> BytesOfUtf16(std::u16string_view text) {
  std::vector<uint8_t> bytes;
  bytes.reserve(text.size() * 2);
  for (char16_t unit : text) {
    bytes.push_back(static_cast<uint8_t>(unit & 0xFF));
    bytes.push_back(static_cast<uint8_t>(unit >> 8));
  }
  return bytes;
}

}  // namespace resource_broker::rhs_host
