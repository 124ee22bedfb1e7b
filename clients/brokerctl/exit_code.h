// What brokerctl ends with; scripts rest on these numbers.
#pragma once

#include <vector>

#include "absl/status/status.h"

namespace resource_broker::brokerctl {

enum ExitCode : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kNoBroker = 3,
  kNotFound = 4,
  kSomeNodesFailed = 5,
  kNotAllowed = 6,
};

ExitCode ExitCodeOf(const absl::Status& status);

// Of one command on many nodes: kSomeNodesFailed if it failed on some, the first failure's where it did on all.
ExitCode ExitCodeOf(const std::vector<absl::Status>& nodes);

}  // namespace resource_broker::brokerctl
