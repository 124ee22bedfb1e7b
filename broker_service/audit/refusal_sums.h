// Floods of refusals, summed up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "resource_broker/v1/audit.pb.h"

namespace resource_broker::broker {

// The first refusal of a kind (method, code, identity, and machine it came from) is a record of its own; those that
// follow within a minute become one, with how many they were. So a flood makes little more than one record a second.
// One thread at a time.
class RefusalSums {
 public:
  // Whether `record` is to be written now. If not, it is counted.
  bool Add(const v1::AuditRecord& record, absl::Duration now);

  // What has been counted in minutes that are over; with `all`, also in those that are not.
  std::vector<v1::AuditRecord> Take(absl::Duration now, bool all = false);

  // When Take has something next; InfiniteDuration if there is nothing to come.
  absl::Duration due() const;

  static constexpr absl::Duration kWindow = absl::Minutes(1);
  // Beyond, those of one method and code are one kind, whoever is refused.
  static constexpr size_t kMaxKinds = 64;

 private:
  struct Sum {
    absl::Duration until;
    // The last one of them.
    v1::AuditRecord record;
    uint32_t count = 0;
  };
  std::map<std::string, Sum> sums_;
};

}  // namespace resource_broker::broker
