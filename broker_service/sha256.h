// SHA-256 of what comes in pieces.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace resource_broker::broker {

// One thread.
class Sha256 {
 public:
  Sha256();

  void Add(std::string_view bytes);
  // The 32 bytes. Once, last. Empty, which no hash equals, where OpenSSL has no SHA-256 to offer.
  std::string Finish();

 private:
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  bool usable_;
};

}  // namespace resource_broker::broker
