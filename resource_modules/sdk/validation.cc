#include "resource_modules/sdk/validation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "resource_broker/v1/protocol_versions.h"

namespace resource_broker::sdk {
namespace {

constexpr size_t kIdBytes = 16;
constexpr size_t kMaxNameBytes = 1024;

grpc::Status Invalid(std::string what) { return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, std::move(what)); }

}  // namespace

grpc::Status CheckResourceName(const std::string& name) {
  if (!name.empty() && name.size() <= kMaxNameBytes) return grpc::Status::OK;
  return Invalid(absl::StrCat("resource: ", name.size(), " bytes; it has 1 to ", kMaxNameBytes));
}

grpc::Status CheckExecute(const v1::ExecuteRequest& request) {
  const v1::OperationRequest& operation = request.operation();
  if (operation.id().size() != kIdBytes) {
    return Invalid(absl::StrCat("operation.id: ", operation.id().size(), " bytes; it has ", kIdBytes));
  }
  if (operation.kind() != v1::ONLINE && operation.kind() != v1::OFFLINE) {
    return Invalid(absl::StrCat("operation.kind: ", static_cast<int>(operation.kind()), " is none"));
  }
  if (operation.kind() == v1::ONLINE && operation.has_destination_node()) {
    return Invalid("operation.destination_node: an ONLINE has none");
  }
  if (operation.destination_node().size() > kMaxNameBytes) {
    return Invalid(absl::StrCat("operation.destination_node: more than ", kMaxNameBytes, " bytes"));
  }
  if (request.attempt() == 0) return Invalid("attempt: it counts from 1");
  return CheckResourceName(operation.resource());
}

grpc::Status ChooseVersion(const v1::ProtocolOffer& offer, v1::ProtocolChoice* choice) {
  if (offer.min_version() == 0 || offer.min_version() > offer.max_version()) {
    return Invalid(absl::StrCat("offer: versions ", offer.min_version(), " to ", offer.max_version()));
  }
  uint32_t version = std::min(offer.max_version(), kMaxProtocolVersion);
  if (version < offer.min_version() || version < kMinProtocolVersion) {
    return grpc::Status(
        grpc::StatusCode::FAILED_PRECONDITION,
        absl::StrCat("no common protocol version: offered ", offer.min_version(), " to ", offer.max_version(),
                     ", this module speaks ", kMinProtocolVersion, " to ", kMaxProtocolVersion));
  }
  choice->set_version(version);
  return grpc::Status::OK;
}

}  // namespace resource_broker::sdk
