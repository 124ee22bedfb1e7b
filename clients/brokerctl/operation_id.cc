#include "clients/brokerctl/operation_id.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace resource_broker::brokerctl {
namespace {

constexpr size_t kIdBytes = 16;
constexpr size_t kIdDigits = 2 * kIdBytes;
constexpr size_t kShortDigits = 12;
constexpr size_t kFewestDigits = 4;

}  // namespace

absl::StatusOr<IdPattern> ParseIdPattern(absl::string_view text) {
  IdPattern pattern;
  // 16 bytes in base64 always end so, and hexadecimal never does.
  if (text.size() == 24 && text.substr(22) == "==" && absl::Base64Unescape(text, &pattern.id) &&
      pattern.id.size() == kIdBytes) {
    pattern.prefix = absl::BytesToHexString(pattern.id);
    return pattern;
  }
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isxdigit(c); });
  if (!digits || text.size() < kFewestDigits || text.size() > kIdDigits) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not an operation id: ", kFewestDigits, " to ",
                                                   kIdDigits, " hexadecimal digits are"));
  }
  pattern.id.clear();
  pattern.prefix = absl::AsciiStrToLower(text);
  if (text.size() == kIdDigits) pattern.id = absl::HexStringToBytes(pattern.prefix);
  return pattern;
}

std::string FormatId(const std::string& id) { return absl::BytesToHexString(id); }

std::string FormatShortId(const std::string& id) { return absl::BytesToHexString(id).substr(0, kShortDigits); }

}  // namespace resource_broker::brokerctl
