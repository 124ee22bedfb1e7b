#include "resource_modules/sdk/text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace resource_broker::sdk {
namespace {

// How many bytes the well-formed UTF-8 sequence at the start of `text` has; 0 if there is none (Unicode 15, table 3-7).
size_t SequenceLength(absl::string_view text) {
  auto byte = [&](size_t i) -> uint8_t { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0; };
  auto continues = [&](size_t i, uint8_t low = 0x80, uint8_t high = 0xBF) { return byte(i) >= low && byte(i) <= high; };
  uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    // Neither overlong forms nor surrogates.
    bool second = continues(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    bool second = continues(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string MessageText(absl::string_view text) {
  constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";
  std::string result;
  result.reserve(std::min(text.size(), kMaxMessageBytes));
  while (!text.empty()) {
    size_t length = SequenceLength(text);
    absl::string_view piece = length == 0 ? kReplacement : text.substr(0, length);
    if (length == 1 && static_cast<uint8_t>(piece[0]) < 0x20) piece = " ";
    if (result.size() + piece.size() > kMaxMessageBytes) break;
    absl::StrAppend(&result, piece);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return result;
}

}  // namespace resource_broker::sdk
