#include "clients/rhs_host/text.h"

#include <cstdint>

namespace resource_broker::rhs_host {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

bool IsHigh(char16_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLow(char16_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

void Append(uint32_t point, std::string* text) {
  if (point < 0x80) {
    text->push_back(static_cast<char>(point));
    return;
  }
  if (point < 0x800) {
    text->push_back(static_cast<char>(0xC0 | (point >> 6)));
  } else {
    if (point < 0x10000) {
      text->push_back(static_cast<char>(0xE0 | (point >> 12)));
    } else {
      text->push_back(static_cast<char>(0xF0 | (point >> 18)));
      text->push_back(static_cast<char>(0x80 | ((point >> 12) & 0x3F)));
    }
    text->push_back(static_cast<char>(0x80 | ((point >> 6) & 0x3F)));
  }
  text->push_back(static_cast<char>(0x80 | (point & 0x3F)));
}

}  // namespace

std::string Readable(std::u16string_view text) {
  std::string readable;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsHigh(text[i]) && i + 1 < text.size() && IsLow(text[i + 1])) {
      Append(0x10000 + ((text[i] - 0xD800u) << 10) + (text[i + 1] - 0xDC00u), &readable);
      ++i;
    } else {
      Append(IsHigh(text[i]) || IsLow(text[i]) ? kReplacement : text[i], &readable);
    }
  }
  return readable;
}

std::string Readable(const resapi::WCHAR* text, size_t limit) {
  if (text == nullptr) return "(null)";
  std::u16string copy;
  for (; copy.size() < limit && *text != 0; ++text) copy.push_back(static_cast<char16_t>(*text));
  return Readable(copy);
}

}  // namespace resource_broker::rhs_host
