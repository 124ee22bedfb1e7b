// Certificates made on the spot, so that no test depends on a date.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace resource_broker::broker::testing {

struct CertificateSpec {
  std::string common_name;
  // As OpenSSL writes them: "URI:spiffe://corp/ops/alice", "DNS:localhost", "IP:127.0.0.1", "email:a@b".
  std::vector<std::string> alternative_names;
  // From now; both may be negative.
  absl::Duration begins = -absl::Hours(1);
  absl::Duration ends = absl::Hours(24);
};

struct Certificate {
  // PEM.
  std::string certificate;
  std::string key;
  long serial = 0;
};

// A root with a key of its own. Every certificate is good for clients and for servers.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& common_name);

  // PEM.
  const std::string& certificate() const { return certificate_pem_; }

  Certificate Issue(const CertificateSpec& spec);
  // PEM of a list of these serial numbers, good for a day.
  std::string RevocationList(const std::vector<long>& serials) const;

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
  std::string certificate_pem_;
  long last_serial_ = 1;
};

}  // namespace resource_broker::broker::testing
