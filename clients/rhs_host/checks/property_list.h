// CLUSPROP_LIST buffers, as clients of a cluster send them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace resource_broker::rhs_host {

// A list of DWORD properties; each entry's name is UTF-16.
struct DwordEntry {
  std::u16string_view name;
  uint32_t value;
};
std::vector<uint8_t> PropertyList(const std::vector<DwordEntry>& entries);

// Lists that are none: cut off inside a name, inside a value, with a count or a length far too large, and noise.
std::vector<std::vector<uint8_t>> MalformedPropertyLists();

}  // namespace resource_broker::rhs_host
