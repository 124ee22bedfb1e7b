// Certificates for a first try: a CA, nodes, clients.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace resource_broker::brokerctl {

// A certificate and its private key, in PEM.
struct Identity {
  std::string certificate;
  std::string key;
};

// How long certificates are valid, from five minutes ago.
struct Validity {
  // May be negative, for tests: it has expired then.
  int64_t days = 365;
};

// Keys are on P-256 and signatures ECDSA with SHA-256, which every TLS library and browser takes. Serial numbers are
// 127 random bits.
absl::StatusOr<Identity> MakeCa(const std::string& name, const Validity& validity);

// For a server that is called so: host names and IP addresses. InvalidArgument names the one that is neither.
absl::StatusOr<Identity> MakeNodeIdentity(const Identity& ca, const std::vector<std::string>& hosts,
                                          const Validity& validity);

// For a client, whose only subject alternative name is `uri`.
absl::StatusOr<Identity> MakeClientIdentity(const Identity& ca, const std::string& name, const std::string& uri,
                                            const Validity& validity);

}  // namespace resource_broker::brokerctl
