// What peers send is checked here, field by field, before anything else sees it. Each error is InvalidArgument and
// begins with the field's name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/map.h"
#include "resource_broker/v1/admin.pb.h"
#include "resource_broker/v1/audit.pb.h"
#include "resource_broker/v1/bridge.pb.h"
#include "resource_broker/v1/modules.pb.h"
#include "resource_broker/v1/queue.pb.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::broker {

// Of operations and sessions.
inline constexpr size_t kIdBytes = 16;

absl::Status CheckId(absl::string_view field, const std::string& id);

// UTF-8 is protobuf's to check; here: the size in bytes, and no NUL.
absl::Status CheckText(absl::string_view field, const std::string& text, size_t min_bytes, size_t max_bytes);

absl::Status Check(const v1::OpenSessionRequest& request);
absl::Status Check(const v1::OpenResourceRequest& request);
absl::Status Check(const v1::StartOperationRequest& request, uint32_t max_in_buffer_bytes);
absl::Status Check(const v1::CancelOperationRequest& request);
absl::Status Check(const v1::TerminateResourceRequest& request);
absl::Status CheckControl(const v1::ControlRequest& control, uint32_t max_in_bytes);
absl::Status CheckResourceName(const std::string& resource);
absl::Status CheckResourceType(absl::string_view field, const std::string& resource_type);
absl::Status Check(const v1::ListOperationsRequest& request);
absl::Status Check(const v1::WatchOperationsRequest& request);
absl::Status Check(const v1::SetResourceLockRequest& request);
absl::Status Check(const v1::ListAuditRecordsRequest& request);
absl::Status Check(const v1::ListResourcesRequest& request);
absl::Status Check(const v1::AdminCancelOperationRequest& request);
absl::Status Check(const v1::PauseQueueRequest& request);
absl::Status Check(const v1::SetQueueLimitsRequest& request);
absl::Status Check(const v1::DrainModuleRequest& request);
absl::Status Check(const v1::ReadModuleLogRequest& request);
absl::Status CheckOffer(const v1::ProtocolOffer& offer);

// What both sides speak; FailedPrecondition, naming both ranges, if there is nothing.
absl::StatusOr<v1::ProtocolChoice> Negotiate(const v1::ProtocolOffer& offer);

}  // namespace resource_broker::broker
