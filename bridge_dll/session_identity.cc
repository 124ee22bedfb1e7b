#include "bridge_dll/session_identity.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "bridge_dll/host_process.h"
#include "resource_broker/v1/protocol_versions.h"

namespace resource_broker::bridge {

std::string RandomId() {
  std::random_device random;  // the system's generator
  std::string id;
  for (int word = 0; word < 4; ++word) {
    const uint32_t bits = random();
    for (int shift = 0; shift < 32; shift += 8) id.push_back(static_cast<char>(bits >> shift & 0xFF));
  }
  return id;
}

v1::OpenSessionRequest SessionRequest(const std::string& session_id) {
  v1::OpenSessionRequest request;
  v1::ProtocolOffer& offer = *request.mutable_offer();
  offer.set_min_version(kMinProtocolVersion);
  offer.set_max_version(kMaxProtocolVersion);
  offer.set_component("resource_bridge");
  offer.set_component_version(RESOURCE_BROKER_VERSION);
  request.set_session_id(session_id);
  request.set_process_id(HostProcessId());
  request.set_node(NodeName());
  return request;
}

std::string Misfit(const v1::OpenSessionResponse& response) {
  const uint32_t version = response.choice().version();
  if (version >= kMinProtocolVersion && version <= kMaxProtocolVersion) return {};
  return absl::StrCat("the broker chose protocol version ", version, ", this bridge speaks ", kMinProtocolVersion,
                      " to ", kMaxProtocolVersion);
}

}  // namespace resource_broker::bridge
