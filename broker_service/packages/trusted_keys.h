// Whose signature a module needs.
#pragma once

#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// The largest manifest.sig that is read.
inline constexpr size_t kMaxSignatureBytes = 1024;

// Thread-safe; copies share the keys.
class TrustedKeys {
 public:
  // InvalidArgument names the setting: "packages.trustedKeys[1]: …".
  static absl::StatusOr<TrustedKeys> Parse(const v1::BrokerConfig::Packages& settings);

  // Trusts nobody, and requires nothing.
  TrustedKeys() = default;

  bool signature_required() const { return required_; }

  // Whether `signature` (what manifest.sig holds, if there is one) is that of a trusted key for `manifest` (the bytes
  // of manifest.json). False: it is not signed, and need not be. PermissionDenied: it must be, or the signature is
  // wrong or a stranger's; never false for those.
  absl::StatusOr<bool> Check(std::string_view manifest, const std::optional<std::string>& signature) const;

 private:
  std::vector<std::shared_ptr<EVP_PKEY>> keys_;
  bool required_ = false;
};

}  // namespace resource_broker::broker
