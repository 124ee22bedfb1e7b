// Makes cluster property lists, as Windows' own functions lay them out; in_buffer.h describes the layout.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace resource_broker::sdk {

class PropertyListBuilder {
 public:
  PropertyListBuilder& Dword(const std::u16string& name, uint32_t value);
  PropertyListBuilder& Ularge(const std::u16string& name, uint64_t value);
  PropertyListBuilder& Text(const std::u16string& name, const std::u16string& value);
  PropertyListBuilder& ExpandText(const std::u16string& name, const std::u16string& value);
  PropertyListBuilder& TextList(const std::u16string& name, const std::vector<std::u16string>& values);
  PropertyListBuilder& Binary(const std::u16string& name, const std::string& value);
  // A value of any syntax with any data.
  PropertyListBuilder& Raw(const std::u16string& name, uint32_t syntax, const std::string& data);

  std::string Build() const;

 private:
  uint32_t count_ = 0;
  std::string properties_;
};

// `value` as 4 little-endian bytes.
std::string Word(uint32_t value);

}  // namespace resource_broker::sdk
