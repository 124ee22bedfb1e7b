#include "clients/rhs_host/checks/property_list.h"

namespace resource_broker::rhs_host {
namespace {

constexpr uint32_t kSyntaxEndMark = 0;
constexpr uint32_t kSyntaxName = 0x00040003;
constexpr uint32_t kSyntaxListValueDword = 0x00010002;

void Append(uint32_t number, std::vector<uint8_t>* list) {
  for (int shift = 0; shift < 32; shift += 8) list->push_back(static_cast<uint8_t>(number >> shift));
}

void Overwrite(size_t offset, uint32_t number, std::vector<uint8_t>* list) {
  for (int i = 0; i < 4; ++i) (*list)[offset + i] = static_cast<uint8_t>(number >> (8 * i));
}

}  // namespace

std::vector<uint8_t> PropertyList(const std::vector<DwordEntry>& entries) {
  std::vector<uint8_t> list;
  Append(static_cast<uint32_t>(entries.size()), &list);
  for (const DwordEntry& entry : entries) {
    Append(kSyntaxName, &list);
    Append(static_cast<uint32_t>((entry.name.size() + 1) * 2), &list);
    for (char16_t unit : entry.name) {
      list.push_back(static_cast<uint8_t>(unit));
      list.push_back(static_cast<uint8_t>(unit >> 8));
    }
    list.insert(list.end(), {0, 0});
    while (list.size() % 4 != 0) list.push_back(0);
    Append(kSyntaxListValueDword, &list);
    Append(sizeof(uint32_t), &list);
    Append(entry.value, &list);
    Append(kSyntaxEndMark, &list);
  }
  return list;
}

std::vector<std::vector<uint8_t>> MalformedPropertyLists() {
  const std::vector<uint8_t> whole = PropertyList({{u"RhsHostUnknown", 7}});
  std::vector<uint8_t> count = whole;
  Overwrite(0, 0xFFFFFFFF, &count);
  std::vector<uint8_t> length = whole;
  Overwrite(8, 0x7FFFFFFE, &length);
  std::vector<uint8_t> noise;
  for (int i = 0; i < 61; ++i) noise.push_back(static_cast<uint8_t>(i * 37 + 11));
  return {{whole.begin(), whole.begin() + 3},
          {whole.begin(), whole.begin() + 15},
          {whole.begin(), whole.end() - 6},
          count,
          length,
          noise};
}

}  // namespace resource_broker::rhs_host
