#include "clients/rhs_host/clusapi/property.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "clients/names/names.h"
#include "clients/rhs_host/bytes.h"
#include "ipc/utf16.h"

namespace resource_broker::rhs_host {
namespace {

std::vector<uint8_t> LittleEndian(uint64_t number, int bytes) {
  std::vector<uint8_t> data;
  data.reserve(bytes);
  for (int i = 0; i < bytes; ++i) data.push_back(static_cast<uint8_t>(number >> (8 * i)));
  return data;
}

absl::StatusOr<uint64_t> ParseQword(absl::string_view text) {
  uint64_t number = 0;
  const bool valid =
      absl::StartsWithIgnoreCase(text, "0x") ? absl::SimpleHexAtoi(text, &number) : absl::SimpleAtoi(text, &number);
  if (valid) return number;
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a number of 64 bits"));
}

std::vector<uint8_t> NulTerminated(std::u16string_view text) {
  std::vector<uint8_t> data = BytesOfUtf16(text);
  data.insert(data.end(), 2, 0);
  return data;
}

absl::StatusOr<std::vector<uint8_t>> ParseText(absl::string_view text) {
  absl::StatusOr<std::u16string> utf16 = ipc::Utf16FromUtf8(std::string(text));
  if (!utf16.ok()) return utf16.status();
  return NulTerminated(*utf16);
}

absl::StatusOr<std::vector<uint8_t>> ParseTextList(absl::string_view text) {
  std::vector<uint8_t> list;
  for (absl::string_view item : absl::StrSplit(text, ';', absl::SkipEmpty())) {
    absl::StatusOr<std::vector<uint8_t>> data = ParseText(item);
    if (!data.ok()) return data.status();
    list.insert(list.end(), data->begin(), data->end());
  }
  list.insert(list.end(), 2, 0);
  return list;
}

absl::StatusOr<std::vector<uint8_t>> ParseData(RegistryType type, absl::string_view value) {
  switch (type) {
    case RegistryType::kText:
    case RegistryType::kExpandText:
      return ParseText(value);
    case RegistryType::kTextList:
      return ParseTextList(value);
    case RegistryType::kBinary:
      return ParseHexadecimal(value);
    case RegistryType::kDword: {
      absl::StatusOr<uint32_t> number = names::ParseNumber(value);
      if (!number.ok()) return number.status();
      return LittleEndian(*number, 4);
    }
    case RegistryType::kQword: {
      absl::StatusOr<uint64_t> number = ParseQword(value);
      if (!number.ok()) return number.status();
      return LittleEndian(*number, 8);
    }
  }
  return absl::InternalError("a registry type without a parser");
}

absl::StatusOr<RegistryType> ParseType(absl::string_view word) {
  if (word == "text") return RegistryType::kText;
  if (word == "expand") return RegistryType::kExpandText;
  if (word == "dword") return RegistryType::kDword;
  if (word == "qword") return RegistryType::kQword;
  if (word == "multi") return RegistryType::kTextList;
  if (word == "binary") return RegistryType::kBinary;
  return absl::InvalidArgumentError(
      absl::StrCat("unknown property type \"", word, "\"; known are text, expand, dword, qword, multi, binary"));
}

}  // namespace

Property TextProperty(std::u16string_view name, std::u16string_view value) {
  return {std::u16string(name), RegistryType::kText, NulTerminated(value)};
}

Property DwordProperty(std::u16string_view name, uint32_t value) {
  return {std::u16string(name), RegistryType::kDword, LittleEndian(value, 4)};
}

absl::StatusOr<Property> ParseProperty(absl::string_view text) {
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a property: it has no '='"));
  }
  absl::string_view name = text.substr(0, equals);
  RegistryType type = RegistryType::kText;
  if (const size_t colon = name.rfind(':'); colon != absl::string_view::npos) {
    absl::StatusOr<RegistryType> named = ParseType(name.substr(colon + 1));
    if (!named.ok()) return named.status();
    type = *named;
    name = name.substr(0, colon);
  }
  if (name.empty()) return absl::InvalidArgumentError(absl::StrCat("\"", text, "\": the property has no name"));
  absl::StatusOr<std::u16string> wide_name = ipc::Utf16FromUtf8(std::string(name));
  if (!wide_name.ok()) return wide_name.status();
  absl::StatusOr<std::vector<uint8_t>> data = ParseData(type, text.substr(equals + 1));
  if (!data.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("property ", name, ": ", data.status().message()));
  }
  return Property{*std::move(wide_name), type, *std::move(data)};
}

absl::StatusOr<ResourceProperty> ParseResourceProperty(absl::string_view text) {
  const size_t colon = text.find(':');
  if (colon == absl::string_view::npos || colon == 0 || colon > text.find('=')) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not resource:name=value"));
  }
  absl::StatusOr<Property> property = ParseProperty(text.substr(colon + 1));
  if (!property.ok()) return property.status();
  return ResourceProperty{std::string(text.substr(0, colon)), *std::move(property)};
}

}  // namespace resource_broker::rhs_host
