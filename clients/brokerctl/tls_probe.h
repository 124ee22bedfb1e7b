// What an administrator needs to know of a connection that did not come about. gRPC says little more than that.
#pragma once

#include <chrono>

#include "absl/status/status.h"
#include "clients/brokerctl/endpoint.h"

namespace resource_broker::brokerctl {

// Connects once more by OpenSSL alone, for at most `timeout`, and says what happens:
//   Unavailable         no such host, connection refused or timed out, not TLS, a TLS handshake that does not end
//   FailedPrecondition  the node's certificate is not to be trusted: expired, of another CA, for another name
//   Unauthenticated     the node refuses this administrator's certificate
//   OK                  nothing is wrong now
// Only for endpoints with credentials. Blocks.
absl::Status ProbeTls(const Endpoint& endpoint, std::chrono::milliseconds timeout);

}  // namespace resource_broker::brokerctl
