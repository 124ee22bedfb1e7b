#include "bridge_dll/properties.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace resource_broker::bridge {

bool IgnoringCase::operator()(absl::string_view a, absl::string_view b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return absl::ascii_tolower(x) < absl::ascii_tolower(y);
  });
}

bool Same(const Properties& a, const Properties& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.SerializeAsString() == y.second.SerializeAsString();
  });
}

}  // namespace resource_broker::bridge
