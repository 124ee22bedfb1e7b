// What is asked of a broker about operations, where it takes more than one call.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/brokerctl/node.h"
#include "resource_broker/v1/admin.pb.h"

namespace resource_broker::brokerctl {

// The newest `limit` that fit; `request` without page size and token.
absl::StatusOr<v1::ListOperationsResponse> ListOperations(const Node& node, v1::ListOperationsRequest request,
                                                          uint32_t limit);

absl::StatusOr<v1::OperationRecord> GetOperation(const Node& node, const std::string& operation_id);

// Gives each event to `event` until that says false, or the stream ends. Only the connecting has a deadline.
absl::Status WatchOperations(const Node& node, const v1::WatchOperationsRequest& request,
                             const std::function<bool(const v1::WatchedEvent&)>& event);

// The same for one operation, until its final event: those that come from now on, and the final one in any case;
// those before, too, if `from_start`. NotFound.
absl::Status WatchToEnd(const Node& node, const std::string& operation_id, bool from_start,
                        const std::function<bool(const v1::WatchedEvent&)>& event);

// The id that `text` means: 32 hex digits, or the first of them where only one operation begins so. InvalidArgument,
// NotFound, or FailedPrecondition with two that fit.
absl::StatusOr<std::string> FindOperationId(const Node& node, const std::string& text);

}  // namespace resource_broker::brokerctl
