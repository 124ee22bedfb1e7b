#include "bridge_dll/registry_value.h"

#include <cstring>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "ipc/utf16.h"

namespace resource_broker::bridge {
namespace {

std::optional<std::u16string> Units(const std::vector<uint8_t>& data) {
  if (data.size() % sizeof(char16_t) != 0) return std::nullopt;
  std::u16string units(data.size() / sizeof(char16_t), u'\0');
  if (!units.empty()) std::memcpy(units.data(), data.data(), data.size());
  return units;
}

// Up to the first zero, if there is one: the registry does not see to it.
std::optional<std::string> Text(const std::vector<uint8_t>& data) {
  std::optional<std::u16string> units = Units(data);
  if (!units.has_value()) return std::nullopt;
  absl::StatusOr<std::string> text = ipc::Utf8FromUtf16(std::u16string_view(*units).substr(0, units->find(u'\0')));
  return text.ok() ? std::optional<std::string>(*std::move(text)) : std::nullopt;
}

std::optional<v1::PropertyValue::TextList> TextList(const std::vector<uint8_t>& data) {
  std::optional<std::u16string> units = Units(data);
  if (!units.has_value()) return std::nullopt;
  v1::PropertyValue::TextList list;
  std::u16string_view rest = *units;
  // An empty text ends the list.
  while (!rest.empty() && rest.front() != u'\0') {
    const std::u16string_view item = rest.substr(0, rest.find(u'\0'));
    absl::StatusOr<std::string> text = ipc::Utf8FromUtf16(item);
    if (!text.ok()) return std::nullopt;
    list.add_values(*std::move(text));
    rest.remove_prefix(item.size() < rest.size() ? item.size() + 1 : rest.size());
  }
  return list;
}

template <typename Number>
std::optional<Number> LittleEndian(const std::vector<uint8_t>& data) {
  if (data.size() != sizeof(Number)) return std::nullopt;
  Number number = 0;
  for (size_t i = 0; i < data.size(); ++i) number |= static_cast<Number>(data[i]) << (8 * i);
  return number;
}

// True if the data was what the type says.
bool Typed(resapi::DWORD type, const std::vector<uint8_t>& data, v1::PropertyValue* value) {
  switch (type) {
    case resapi::REG_TYPE_SZ:
    case resapi::REG_TYPE_EXPAND_SZ:
      if (std::optional<std::string> text = Text(data); text.has_value()) {
        type == resapi::REG_TYPE_SZ ? value->set_text(*std::move(text)) : value->set_expand_text(*std::move(text));
        return true;
      }
      return false;
    case resapi::REG_TYPE_MULTI_SZ:
      if (std::optional<v1::PropertyValue::TextList> list = TextList(data); list.has_value()) {
        *value->mutable_text_list() = *std::move(list);
        return true;
      }
      return false;
    case resapi::REG_TYPE_DWORD:
      if (const std::optional<uint32_t> number = LittleEndian<uint32_t>(data); number.has_value()) {
        value->set_number(*number);
        return true;
      }
      return false;
    case resapi::REG_TYPE_QWORD:
      if (const std::optional<uint64_t> number = LittleEndian<uint64_t>(data); number.has_value()) {
        value->set_big_number(*number);
        return true;
      }
      return false;
    default:
      return false;
  }
}

}  // namespace

v1::PropertyValue PropertyFromRegistry(resapi::DWORD type, const std::vector<uint8_t>& data) {
  v1::PropertyValue value;
  if (!Typed(type, data, &value)) {
    value.set_binary(std::string(data.begin(), data.end()));
  }
  return value;
}

}  // namespace resource_broker::bridge
