// What a certificate says of who has it.
#pragma once

#include <string>
#include <vector>

namespace resource_broker::broker {

// UTF-8. Of a certificate that was verified, else it says nothing.
struct PeerNames {
  // As RFC 2253 writes it: "CN=alice,O=Corp". Empty where there is none.
  std::string subject;
  // Subject alternative names.
  std::vector<std::string> uris;
  std::vector<std::string> dns_names;
  std::vector<std::string> emails;
  // SHA-256 of the DER form in 64 lowercase hex digits.
  std::string fingerprint;
};

}  // namespace resource_broker::broker
