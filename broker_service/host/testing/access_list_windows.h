// A security descriptor's list, entry by entry.
#pragma once

#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <ostream>
#include <string>
#include <tuple>
#include <vector>

namespace resource_broker::broker::testing {

struct AccessEntry {
  BYTE type;
  BYTE flags;
  ACCESS_MASK mask;
  std::string account;

  bool operator==(const AccessEntry& other) const {
    return std::tie(type, flags, mask, account) == std::tie(other.type, other.flags, other.mask, other.account);
  }
};
std::ostream& operator<<(std::ostream& stream, const AccessEntry& entry);

struct AccessList {
  // Nothing is inherited from above.
  bool is_protected = false;
  std::vector<AccessEntry> entries;
};

// A descriptor without a list fails the test.
AccessList ReadAccessList(PSECURITY_DESCRIPTOR descriptor);

}  // namespace resource_broker::broker::testing
