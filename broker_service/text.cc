#include "broker_service/text.h"

#include <random>

#include "absl/strings/escaping.h"

namespace resource_broker::broker {

std::string Hex(std::string_view id) { return absl::BytesToHexString({id.data(), id.size()}); }

std::string CutText(std::string text, size_t limit) {
  if (text.size() <= limit) return text;
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

namespace {

// The length of the UTF-8 character that `text` begins with; 0: it begins with none. See RFC 3629, section 4.
size_t CharacterAt(std::string_view text) {
  const auto byte = [text](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&byte](size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) > 0x8F;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string ValidUtf8(std::string text) {
  for (size_t i = 0; i < text.size();) {
    const size_t length = CharacterAt(std::string_view(text).substr(i));
    if (length == 0) text[i] = '?';
    i += length == 0 ? 1 : length;
  }
  return text;
}

std::string RandomBytes(size_t length) {
  // The system's generator, by name: some libraries' default may be a plain pseudo-random one.
  std::random_device device;
  std::string bytes(length, '\0');
  for (char& byte : bytes) byte = static_cast<char>(device() & 0xFF);
  return bytes;
}

}  // namespace resource_broker::broker
