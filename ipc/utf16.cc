#include "ipc/utf16.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "ipc/utf16_lossy.h"

namespace resource_broker::ipc {
namespace {

constexpr char32_t kLastOfPlane0 = 0xFFFF;
constexpr char32_t kLastCodePoint = 0x10FFFF;
constexpr char32_t kReplacement = 0xFFFD;

bool IsHighSurrogate(char32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(char32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }
bool IsSurrogate(char32_t unit) { return unit >= 0xD800 && unit <= 0xDFFF; }

void AppendUtf8(char32_t point, std::string* text) {
  const auto trail = [point](int shift) { return static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
  if (point < 0x80) {
    text->push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    text->append({static_cast<char>(0xC0 | (point >> 6)), trail(0)});
  } else if (point <= kLastOfPlane0) {
    text->append({static_cast<char>(0xE0 | (point >> 12)), trail(6), trail(0)});
  } else {
    text->append({static_cast<char>(0xF0 | (point >> 18)), trail(12), trail(6), trail(0)});
  }
}

void AppendUtf16(char32_t point, std::u16string* text) {
  if (point <= kLastOfPlane0) {
    text->push_back(static_cast<char16_t>(point));
    return;
  }
  point -= 0x10000;
  text->push_back(static_cast<char16_t>(0xD800 + (point >> 10)));
  text->push_back(static_cast<char16_t>(0xDC00 + (point & 0x3FF)));
}

// What begins at the front of some text: a code point and the units it takes, or `valid` false and the units that were
// read until it was clear.
struct Decoded {
  bool valid;
  char32_t point;
  size_t size;
};

Decoded DecodeFront(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return {true, first, 1};
  size_t size;
  char32_t point;
  char32_t least;
  if (first >= 0xC0 && first <= 0xDF) {
    size = 2, point = first & 0x1F, least = 0x80;
  } else if (first >= 0xE0 && first <= 0xEF) {
    size = 3, point = first & 0x0F, least = 0x800;
  } else if (first >= 0xF0 && first <= 0xF7) {
    size = 4, point = first & 0x07, least = 0x10000;
  } else {
    return {false, 0, 1};
  }
  for (size_t i = 1; i < size; ++i) {
    if (i == text.size() || (byte(i) & 0xC0) != 0x80) return {false, 0, i};
    point = (point << 6) | (byte(i) & 0x3F);
  }
  return {point >= least && point <= kLastCodePoint && !IsSurrogate(point), point, size};
}

Decoded DecodeFront(std::u16string_view text) {
  if (!IsSurrogate(text[0])) return {true, text[0], 1};
  if (!IsHighSurrogate(text[0]) || text.size() == 1 || !IsLowSurrogate(text[1])) return {false, 0, 1};
  return {true, 0x10000 + ((text[0] - 0xD800u) << 10) + (text[1] - 0xDC00u), 2};
}

// Calls `valid(point)` for each code point and `invalid(offset)` for what is none; stops when that answers false.
template <typename Text, typename Valid, typename Invalid>
void ForEachPoint(Text text, const Valid& valid, const Invalid& invalid) {
  for (size_t offset = 0; offset < text.size();) {
    const Decoded next = DecodeFront(text.substr(offset));
    if (next.valid) {
      valid(next.point);
    } else if (!invalid(offset)) {
      return;
    }
    offset += next.size;
  }
}

}  // namespace

absl::StatusOr<std::string> Utf8FromUtf16(std::u16string_view text) {
  std::string result;
  result.reserve(text.size());
  absl::Status status;
  ForEachPoint(
      text, [&result](char32_t point) { AppendUtf8(point, &result); },
      [&status, text](size_t offset) {
        status = absl::InvalidArgumentError(absl::StrFormat("lone surrogate 0x%04X at offset %d of UTF-16 text",
                                                            static_cast<unsigned>(text[offset]), offset));
        return false;
      });
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<std::u16string> Utf16FromUtf8(std::string_view text) {
  std::u16string result;
  result.reserve(text.size());
  absl::Status status;
  ForEachPoint(
      text, [&result](char32_t point) { AppendUtf16(point, &result); },
      [&status, text](size_t offset) {
        status = absl::InvalidArgumentError(absl::StrFormat("byte 0x%02X at offset %d is not well-formed UTF-8",
                                                            static_cast<uint8_t>(text[offset]), offset));
        return false;
      });
  if (!status.ok()) return status;
  return result;
}

std::string Utf8FromUtf16Lossy(std::u16string_view text) {
  std::string result;
  ForEachPoint(
      text, [&result](char32_t point) { AppendUtf8(point, &result); },
      [&result](size_t) {
        AppendUtf8(kReplacement, &result);
        return true;
      });
  return result;
}

std::u16string Utf16FromUtf8Lossy(std::string_view text) {
  std::u16string result;
  ForEachPoint(
      text, [&result](char32_t point) { AppendUtf16(point, &result); },
      [&result](size_t) {
        AppendUtf16(kReplacement, &result);
        return true;
      });
  return result;
}

}  // namespace resource_broker::ipc
