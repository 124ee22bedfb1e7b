#include "clients/rhs_host/script_values.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "clients/names/names.h"
#include "clients/rhs_host/bytes.h"
#include "ipc/utf16.h"

namespace resource_broker::rhs_host {
namespace {

constexpr size_t kMaxBytes = 64 << 20;

absl::StatusOr<std::vector<uint8_t>> ReadBytes(const std::string& file) {
  std::ifstream stream(std::filesystem::u8path(file), std::ios::binary);
  if (!stream) return absl::InvalidArgumentError(absl::StrCat("the file ", file, " can't be read"));
  std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (bytes.size() > kMaxBytes) return absl::InvalidArgumentError(absl::StrCat("the file ", file, " exceeds 64 MiB"));
  return bytes;
}

absl::StatusOr<std::vector<uint8_t>> Fill(absl::string_view size_text) {
  absl::StatusOr<uint32_t> size = names::ParseNumber(size_text);
  if (!size.ok()) return size.status();
  if (*size > kMaxBytes) return absl::InvalidArgumentError("more than 64 MiB");
  std::vector<uint8_t> bytes(*size);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i % 251);
  return bytes;
}

absl::StatusOr<std::vector<uint8_t>> Utf16Bytes(absl::string_view text) {
  absl::StatusOr<std::u16string> units = ipc::Utf16FromUtf8(std::string(text));
  if (!units.ok()) return units.status();
  return BytesOfUtf16(*units);
}

}  // namespace

absl::StatusOr<bool> ParseTruth(absl::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is neither true nor false"));
}

absl::StatusOr<std::vector<uint8_t>> ParseBytes(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "@")) return ReadBytes(std::string(text));
  if (absl::ConsumePrefix(&text, "hex:")) return ParseHexadecimal(text);
  if (absl::ConsumePrefix(&text, "text:")) return std::vector<uint8_t>(text.begin(), text.end());
  if (absl::ConsumePrefix(&text, "utf16:")) return Utf16Bytes(text);
  if (absl::ConsumePrefix(&text, "fill:")) return Fill(text);
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" begins with none of hex: text: utf16: fill: and @ (a file)"));
}

absl::StatusOr<std::u16string> ParseCodeUnits(absl::string_view text) {
  absl::StatusOr<std::vector<uint8_t>> bytes = ParseHexadecimal(text);
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() % 2 != 0) return absl::InvalidArgumentError("a code unit has four digits");
  std::u16string units;
  for (size_t i = 0; i < bytes->size(); i += 2) {
    const auto unit = static_cast<char16_t>(((*bytes)[i] << 8) | (*bytes)[i + 1]);
    if (unit == 0) return absl::InvalidArgumentError("a code unit of 0 would end the text");
    units.push_back(unit);
  }
  return units;
}

absl::StatusOr<ResidChoice> ParseResid(absl::string_view text) {
  if (text == "closed") return ResidChoice{ResidChoice::Kind::kClosed, 0};
  if (text == "null") return ResidChoice{ResidChoice::Kind::kNumber, 0};
  uint64_t number = 0;
  if (absl::StartsWithIgnoreCase(text, "0x") ? absl::SimpleHexAtoi(text, &number) : absl::SimpleAtoi(text, &number)) {
    return ResidChoice{ResidChoice::Kind::kNumber, number};
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is none of closed, null and a number"));
}

}  // namespace resource_broker::rhs_host
