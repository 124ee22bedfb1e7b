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

std::string RandomBytes(size_t length) {
  // The system's generator, by name: some libraries' default may be a plain pseudo-random one.
  std::random_device device;
  std::string bytes(length, '\0');
  for (char& byte : bytes) byte = static_cast<char>(device() & 0xFF);
  return bytes;
}

}  // namespace resource_broker::broker
