#include "broker_service/api/validation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/modules/manifest.h"
#include "broker_service/text.h"
#include "resource_broker/v1/protocol_versions.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kMaxNameBytes = 1024;
constexpr size_t kMaxTypeBytes = 1024;
constexpr size_t kMaxNodeBytes = 256;
constexpr size_t kMaxComponentBytes = 128;
constexpr size_t kMaxVersionBytes = 64;
constexpr int kMaxFeatures = 64;
constexpr size_t kMaxFeatureBytes = 64;
constexpr size_t kMaxReasonBytes = 1024;
constexpr size_t kMaxDestinationBytes = 1024;
constexpr size_t kMaxProperties = 512;
constexpr size_t kMaxPropertyNameBytes = 1024;
constexpr size_t kMaxPropertiesBytes = 1 << 20;
constexpr size_t kMaxPageTokenBytes = 64;
constexpr uint32_t kMaxPageSize = 1000;
// As config.cc has them.
constexpr uint32_t kMaxRunning = 100000;
constexpr uint32_t kMaxDrainMs = 24 * 3600 * 1000;
constexpr uint32_t kMaxTail = 10000;

absl::Status Invalid(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", why));
}

absl::Status CheckModule(absl::string_view field, const std::string& module) {
  if (IsModuleName(module)) return absl::OkStatus();
  return Invalid(field, "must be 1 to 64 of a-z, 0-9 and _");
}

absl::Status CheckProperties(absl::string_view field,
                             const google::protobuf::Map<std::string, v1::PropertyValue>& properties) {
  if (properties.size() > kMaxProperties) return Invalid(field, "more than 512");
  size_t bytes = 0;
  for (const auto& [name, value] : properties) {
    if (absl::Status status = CheckText(absl::StrCat(field, " (name)"), name, 1, kMaxPropertyNameBytes); !status.ok()) {
      return status;
    }
    if (value.value_case() == v1::PropertyValue::VALUE_NOT_SET) {
      return Invalid(absl::StrCat(field, "[", name, "]"), "has no value of a known type");
    }
    bytes += name.size() + value.ByteSizeLong();
  }
  if (bytes > kMaxPropertiesBytes) return Invalid(field, "more than 1 MiB");
  return absl::OkStatus();
}

absl::Status CheckMoment(absl::string_view field, int64_t unix_us) {
  return unix_us >= 0 ? absl::OkStatus() : Invalid(field, "must not be negative");
}

// The first of several checks that fails.
template <typename... Statuses>
absl::Status First(Statuses&&... statuses) {
  absl::Status first;
  ((first.ok() ? void(first = std::forward<Statuses>(statuses)) : void()), ...);
  return first;
}

}  // namespace

absl::Status CheckId(absl::string_view field, const std::string& id) {
  if (id.size() == kIdBytes) return absl::OkStatus();
  return Invalid(field, absl::StrCat("must be 16 bytes, not ", id.size()));
}

absl::Status CheckText(absl::string_view field, const std::string& text, size_t min_bytes, size_t max_bytes) {
  if (text.size() < min_bytes || text.size() > max_bytes) {
    return Invalid(field, absl::StrCat("must be ", min_bytes, " to ", max_bytes, " bytes, not ", text.size()));
  }
  if (text.find('\0') != std::string::npos) return Invalid(field, "contains NUL");
  return absl::OkStatus();
}

absl::Status CheckResourceName(const std::string& resource) {
  return CheckText("resource", resource, 1, kMaxNameBytes);
}

absl::Status CheckResourceType(absl::string_view field, const std::string& resource_type) {
  return CheckText(field, resource_type, 0, kMaxTypeBytes);
}

absl::Status Check(const v1::SetResourceLockRequest& request) {
  const bool locked = request.locked();
  return First(CheckResourceName(request.resource()),
               CheckText("reason", request.reason(), locked ? 1 : 0, locked ? kMaxReasonBytes : 0));
}

absl::Status CheckOffer(const v1::ProtocolOffer& offer) {
  if (offer.min_version() < 1) return Invalid("offer.min_version", "must be 1 or more");
  if (offer.max_version() < offer.min_version()) return Invalid("offer.max_version", "must be min_version or more");
  if (offer.features_size() > kMaxFeatures) return Invalid("offer.features", "more than 64");
  for (const std::string& feature : offer.features()) {
    if (absl::Status status = CheckText("offer.features", feature, 1, kMaxFeatureBytes); !status.ok()) return status;
  }
  return First(CheckText("offer.component", offer.component(), 0, kMaxComponentBytes),
               CheckText("offer.component_version", offer.component_version(), 0, kMaxVersionBytes));
}

absl::StatusOr<v1::ProtocolChoice> Negotiate(const v1::ProtocolOffer& offer) {
  if (offer.min_version() > kMaxProtocolVersion || offer.max_version() < kMinProtocolVersion) {
    return absl::FailedPreconditionError(absl::StrCat("no common protocol version: the broker speaks ",
                                                      kMinProtocolVersion, " to ", kMaxProtocolVersion, ", the caller ",
                                                      offer.min_version(), " to ", offer.max_version()));
  }
  v1::ProtocolChoice choice;
  choice.set_version(std::min(offer.max_version(), kMaxProtocolVersion));
  choice.set_component("resource_broker");
  choice.set_component_version(RESOURCE_BROKER_VERSION);
  return choice;
}

absl::Status Check(const v1::OpenSessionRequest& request) {
  if (!request.has_offer()) return Invalid("offer", "is missing");
  if (request.process_id() == 0) return Invalid("process_id", "must not be 0");
  return First(CheckOffer(request.offer()), CheckId("session_id", request.session_id()),
               CheckText("node", request.node(), 0, kMaxNodeBytes));
}

absl::Status Check(const v1::OpenResourceRequest& request) {
  return First(CheckId("session_id", request.session_id()), CheckResourceName(request.resource()),
               CheckResourceType("resource_type", request.resource_type()), CheckModule("module", request.module()),
               CheckProperties("properties", request.properties()));
}

absl::Status Check(const v1::StartOperationRequest& request, uint32_t max_in_buffer_bytes) {
  if (absl::Status status = CheckId("session_id", request.session_id()); !status.ok()) return status;
  if (!request.has_operation()) return Invalid("operation", "is missing");
  const v1::OperationRequest& operation = request.operation();
  if (operation.kind() != v1::ONLINE && operation.kind() != v1::OFFLINE) {
    return Invalid("operation.kind", absl::StrCat("must be ONLINE or OFFLINE, not ", operation.kind()));
  }
  if (operation.kind() == v1::ONLINE && operation.has_destination_node()) {
    return Invalid("operation.destination_node", "must be absent for ONLINE");
  }
  if (operation.in_buffer().size() > max_in_buffer_bytes) {
    return Invalid("operation.in_buffer", absl::StrCat("has ", operation.in_buffer().size(), " bytes, more than ",
                                                       max_in_buffer_bytes, " (limits.max_in_buffer_bytes)"));
  }
  // Beyond this the numbers of further events would not fit.
  if (request.last_sequence() > uint64_t{1} << 62) return Invalid("last_sequence", "is beyond any that was ever sent");
  return First(CheckId("operation.id", operation.id()),
               CheckText("operation.resource", operation.resource(), 1, kMaxNameBytes),
               CheckText("operation.destination_node", operation.destination_node(), 0, kMaxDestinationBytes),
               CheckProperties("operation.properties", operation.properties()),
               CheckModule("operation.module", operation.module()),
               CheckResourceType("operation.resource_type", operation.resource_type()));
}

absl::Status Check(const v1::CancelOperationRequest& request) {
  return First(CheckId("session_id", request.session_id()), CheckId("operation_id", request.operation_id()));
}

absl::Status Check(const v1::TerminateResourceRequest& request) {
  return First(CheckId("session_id", request.session_id()), CheckResourceName(request.resource()),
               request.operation_id().empty() ? absl::OkStatus() : CheckId("operation_id", request.operation_id()),
               CheckText("reason", request.reason(), 0, kMaxReasonBytes));
}

absl::Status CheckControl(const v1::ControlRequest& control, uint32_t max_in_bytes) {
  if (control.in().size() <= max_in_bytes) return absl::OkStatus();
  return Invalid("control.in", absl::StrCat("has ", control.in().size(), " bytes, more than ", max_in_bytes));
}

absl::Status Check(const v1::ListOperationsRequest& request) {
  if (request.page_size() > kMaxPageSize) return Invalid("page_size", "must be at most 1,000");
  for (const int kind : request.last_events()) {
    if (kind == v1::EVENT_KIND_UNSPECIFIED || !v1::EventKind_IsValid(kind)) {
      return Invalid("last_events", absl::StrCat(kind, " is no kind of event"));
    }
  }
  if (!v1::OperationKind_IsValid(request.kind())) return Invalid("kind", "must be ONLINE or OFFLINE");
  return First(CheckText("resource", request.resource(), 0, kMaxNameBytes),
               request.module().empty() ? absl::OkStatus() : CheckModule("module", request.module()),
               CheckMoment("accepted_from_unix_us", request.accepted_from_unix_us()),
               CheckMoment("accepted_before_unix_us", request.accepted_before_unix_us()),
               CheckText("destination_node", request.destination_node(), 0, kMaxDestinationBytes),
               CheckText("page_token", request.page_token(), 0, kMaxPageTokenBytes));
}

absl::Status Check(const v1::ListAuditRecordsRequest& request) {
  if (request.page_size() > kMaxPageSize) return Invalid("page_size", "must be at most 1,000");
  if (request.from_unix_us() < 0) return Invalid("from_unix_us", "must not be negative");
  if (request.before_unix_us() < 0) return Invalid("before_unix_us", "must not be negative");
  return First(CheckText("identity", request.identity(), 0, kMaxMessageBytes),
               CheckText("page_token", request.page_token(), 0, kMaxPageTokenBytes));
}

absl::Status Check(const v1::ListResourcesRequest& request) {
  if (request.page_size() > kMaxPageSize) return Invalid("page_size", "must be at most 1,000");
  for (const int state : request.states()) {
    if (state == v1::RESOURCE_STATE_UNSPECIFIED || !v1::ResourceState_IsValid(state)) {
      return Invalid("states", absl::StrCat(state, " is no state"));
    }
  }
  return First(request.module().empty() ? absl::OkStatus() : CheckModule("module", request.module()),
               CheckText("page_token", request.page_token(), 0, kMaxNameBytes));
}

absl::Status Check(const v1::AdminCancelOperationRequest& request) {
  return First(CheckId("operation_id", request.operation_id()),
               CheckText("reason", request.reason(), 1, kMaxReasonBytes));
}

absl::Status Check(const v1::PauseQueueRequest& request) {
  return CheckText("reason", request.reason(), 1, kMaxReasonBytes);
}

absl::Status Check(const v1::SetQueueLimitsRequest& request) {
  const v1::QueueLimits& limits = request.limits();
  const auto check = [](absl::string_view field, uint32_t limit) {
    return limit <= kMaxRunning ? absl::OkStatus() : Invalid(field, "must be at most 100,000");
  };
  return First(check("limits.max_running_operations", limits.max_running_operations()),
               check("limits.max_running_per_module", limits.max_running_per_module()),
               check("limits.max_running_per_destination", limits.max_running_per_destination()));
}

absl::Status Check(const v1::DrainModuleRequest& request) {
  if (request.limit_ms() > kMaxDrainMs) return Invalid("limit_ms", "must be at most 86,400,000");
  return CheckModule("module", request.module());
}

absl::Status Check(const v1::ReadModuleLogRequest& request) {
  if (request.tail() > kMaxTail) return Invalid("tail", "must be at most 10,000");
  return CheckModule("module", request.module());
}

absl::Status Check(const v1::WatchOperationsRequest& request) {
  if (request.from_start() && request.from_unix_us() != 0) {
    return Invalid("from_unix_us", "not together with from_start");
  }
  return First(CheckMoment("from_unix_us", request.from_unix_us()),
               request.operation_id().empty() ? absl::OkStatus() : CheckId("operation_id", request.operation_id()),
               CheckText("resource", request.resource(), 0, kMaxNameBytes));
}

}  // namespace resource_broker::broker
