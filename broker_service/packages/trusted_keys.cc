#include "broker_service/packages/trusted_keys.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kSignatureBytes = 64;
constexpr int kMaxKeys = 64;

const unsigned char* BytesOf(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

EVP_PKEY* ReadPem(const std::string& text) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                      &BIO_free);
  return bio == nullptr ? nullptr : PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr);
}

EVP_PKEY* ReadBytes(const std::string& bytes) {
  if (bytes.size() == kKeyBytes)
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, BytesOf(bytes), kKeyBytes);
  const unsigned char* der = BytesOf(bytes);
  return d2i_PUBKEY(nullptr, &der, static_cast<long>(bytes.size()));
}

// Null: it is none.
std::shared_ptr<EVP_PKEY> ReadKey(const std::string& text) {
  EVP_PKEY* key = nullptr;
  std::string bytes;
  if (absl::StrContains(text, "-----BEGIN")) {
    key = ReadPem(text);
  } else if (absl::Base64Unescape(absl::StripAsciiWhitespace(text), &bytes)) {
    key = ReadBytes(bytes);
  }
  // What went wrong is said by us; nothing of it must be found by who uses OpenSSL next.
  ERR_clear_error();
  return {key, &EVP_PKEY_free};
}

bool Verifies(EVP_PKEY* key, std::string_view message, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const bool good =
      context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), BytesOf(signature), signature.size(), BytesOf(message), message.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace

absl::StatusOr<TrustedKeys> TrustedKeys::Parse(const v1::BrokerConfig::Packages& settings) {
  TrustedKeys keys;
  keys.required_ = settings.require_signature();
  if (settings.trusted_keys_size() > kMaxKeys) return absl::InvalidArgumentError("packages.trustedKeys: more than 64");
  for (int i = 0; i < settings.trusted_keys_size(); ++i) {
    std::shared_ptr<EVP_PKEY> key = ReadKey(settings.trusted_keys(i));
    if (key == nullptr || EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) {
      return absl::InvalidArgumentError(
          absl::StrCat("packages.trustedKeys[", i, "]: must be an Ed25519 public key, in PEM or base64"));
    }
    keys.keys_.push_back(std::move(key));
  }
  if (keys.required_ && keys.keys_.empty()) {
    return absl::InvalidArgumentError("packages.requireSignature: needs a key in packages.trustedKeys");
  }
  return keys;
}

absl::StatusOr<bool> TrustedKeys::Check(std::string_view manifest, const std::optional<std::string>& signature) const {
  if (!signature.has_value()) {
    if (!required_) return false;
    return absl::PermissionDeniedError("manifest.sig: is missing, and packages.requireSignature demands it");
  }
  std::string bytes = *signature;
  if (bytes.size() != kSignatureBytes &&
      (!absl::Base64Unescape(absl::StripAsciiWhitespace(*signature), &bytes) || bytes.size() != kSignatureBytes)) {
    return absl::PermissionDeniedError("manifest.sig: must be 64 bytes, or the same in base64");
  }
  for (const std::shared_ptr<EVP_PKEY>& key : keys_) {
    if (Verifies(key.get(), manifest, bytes)) return true;
  }
  return absl::PermissionDeniedError(
      "manifest.sig: is not the signature of this manifest.json by a key of packages.trustedKeys");
}

}  // namespace resource_broker::broker
