#include "bridge_dll/session_identity.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "bridge_dll/host_process.h"

namespace resource_broker::bridge {
namespace {

constexpr uint32_t kProtocolVersion = 1;

}  // namespace

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
  offer.set_min_version(kProtocolVersion);
  offer.set_max_version(kProtocolVersion);
  offer.set_component("resource_bridge");
  offer.set_component_version(RESOURCE_BROKER_VERSION);
  request.set_session_id(session_id);
  request.set_process_id(HostProcessId());
  request.set_node(NodeName());
  return request;
}

std::string Misfit(const v1::OpenSessionResponse& response) {
  if (response.choice().version() == kProtocolVersion) return {};
  return absl::StrCat("the broker chose protocol version ", response.choice().version(), ", this bridge speaks ",
                      kProtocolVersion);
}

}  // namespace resource_broker::bridge
