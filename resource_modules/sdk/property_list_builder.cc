#include "resource_modules/sdk/property_list_builder.h"

namespace resource_broker::sdk {
namespace {

// With its NUL.
std::string Utf16Bytes(const std::u16string& text) {
  std::string bytes;
  for (char16_t unit : text + u'\0') {
    bytes.push_back(static_cast<char>(unit & 0xFF));
    bytes.push_back(static_cast<char>(unit >> 8));
  }
  return bytes;
}

std::string Item(uint32_t syntax, const std::string& data) {
  std::string padding((4 - data.size() % 4) % 4, '\0');
  return Word(syntax) + Word(static_cast<uint32_t>(data.size())) + data + padding;
}

}  // namespace

std::string Word(uint32_t value) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(value >> shift & 0xFF));
  return bytes;
}

PropertyListBuilder& PropertyListBuilder::Dword(const std::u16string& name, uint32_t value) {
  return Raw(name, 0x00010002, Word(value));
}

PropertyListBuilder& PropertyListBuilder::Ularge(const std::u16string& name, uint64_t value) {
  return Raw(name, 0x00010006, Word(static_cast<uint32_t>(value)) + Word(static_cast<uint32_t>(value >> 32)));
}

PropertyListBuilder& PropertyListBuilder::Text(const std::u16string& name, const std::u16string& value) {
  return Raw(name, 0x00010003, Utf16Bytes(value));
}

PropertyListBuilder& PropertyListBuilder::ExpandText(const std::u16string& name, const std::u16string& value) {
  return Raw(name, 0x00010004, Utf16Bytes(value));
}

PropertyListBuilder& PropertyListBuilder::TextList(const std::u16string& name,
                                                   const std::vector<std::u16string>& values) {
  std::u16string joined;
  for (const std::u16string& value : values) joined += value + u'\0';
  return Raw(name, 0x00010005, Utf16Bytes(joined));
}

PropertyListBuilder& PropertyListBuilder::Binary(const std::u16string& name, const std::string& value) {
  return Raw(name, 0x00010001, value);
}

PropertyListBuilder& PropertyListBuilder::Raw(const std::u16string& name, uint32_t syntax, const std::string& data) {
  ++count_;
  properties_ += Item(0x00040003, Utf16Bytes(name)) + Item(syntax, data) + Word(0);
  return *this;
}

std::string PropertyListBuilder::Build() const { return Word(count_) + properties_; }

}  // namespace resource_broker::sdk
