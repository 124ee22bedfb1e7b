#include "clients/brokerctl/exit_code.h"

#include <algorithm>

namespace resource_broker::brokerctl {

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kDone;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kNoBroker;
    case absl::StatusCode::kInvalidArgument:
      return kUsage;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return kNotAllowed;
    default:
      return kFailed;
  }
}

ExitCode ExitCodeOf(const std::vector<absl::Status>& nodes) {
  const auto failed = [](const absl::Status& status) { return !status.ok(); };
  const auto first = std::find_if(nodes.begin(), nodes.end(), failed);
  if (first == nodes.end()) return kDone;
  return std::all_of(nodes.begin(), nodes.end(), failed) ? ExitCodeOf(*first) : kSomeNodesFailed;
}

}  // namespace resource_broker::brokerctl
