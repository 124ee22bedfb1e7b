#include "bridge_dll/wide_text.h"

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ipc/utf16.h"

namespace resource_broker::bridge {

absl::StatusOr<std::string> NameFromHost(const resapi::WCHAR* text) {
  // A UTF-16 unit is at least one byte of UTF-8, so that one unit more than the limit decides.
  std::u16string units;
  while (*text != 0 && units.size() <= kMaxNameBytes) units.push_back(static_cast<char16_t>(*text++));
  absl::StatusOr<std::string> name =
      units.size() > kMaxNameBytes ? absl::OutOfRangeError("") : ipc::Utf8FromUtf16(units);
  if (absl::IsOutOfRange(name.status()) || (name.ok() && name->size() > kMaxNameBytes)) {
    return absl::OutOfRangeError(absl::StrCat("longer than ", kMaxNameBytes, " bytes"));
  }
  return name;
}

std::basic_string<resapi::WCHAR> TextForHost(absl::string_view text, size_t max_units) {
  const absl::StatusOr<std::u16string> units = ipc::Utf16FromUtf8(std::string(text));
  std::u16string_view rest = units.ok() ? std::u16string_view(*units) : u"(text that is not valid UTF-8)";
  if (rest.size() > max_units) {
    const bool inside_pair = max_units > 0 && rest[max_units - 1] >= 0xD800 && rest[max_units - 1] <= 0xDBFF;
    rest = rest.substr(0, inside_pair ? max_units - 1 : max_units);
  }
  return {rest.begin(), rest.end()};
}

}  // namespace resource_broker::bridge
