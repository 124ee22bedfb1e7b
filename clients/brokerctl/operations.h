// The `operations` commands. Each answers with an exit code, or an error.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/brokerctl/admin_client.h"
#include "clients/brokerctl/output.h"

namespace resource_broker::brokerctl {

struct ListOptions {
  // Empty: all resources.
  std::string resource;
  bool pending_only = false;
  size_t limit = 100;
};

struct WatchOptions {
  // An id or the beginning of one. Empty: all operations.
  std::string id;
  // Empty: all resources.
  std::string resource;
  bool from_start = false;
  absl::Duration at_most = absl::InfiniteDuration();
};

// InvalidArgument if one of them, where not empty, is neither an id nor the beginning of one.
absl::Status CheckId(const std::string& get_id, const std::string& watch_id);

absl::StatusOr<int> ListOperations(AdminClient* client, const ListOptions& options, Output* output);

// NotFound, or FailedPrecondition naming the operations that begin alike.
absl::StatusOr<int> GetOperation(AdminClient* client, const std::string& id, Output* output);

// With an id: ends with the operation.
absl::StatusOr<int> WatchOperations(AdminClient* client, const WatchOptions& options, Output* output);

}  // namespace resource_broker::brokerctl
