#include "clients/brokerctl/pki.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/brokerctl/openssl_pointers.h"

namespace resource_broker::brokerctl {
namespace {

constexpr int kSerialBytes = 16;
// Clocks differ.
constexpr long kBackdateSeconds = 300;
constexpr size_t kMaxCommonName = 64;

absl::Status Failed() { return absl::InternalError(absl::StrCat("OpenSSL: ", TakeOpensslError())); }

bool SetSerial(X509* certificate) {
  unsigned char bytes[kSerialBytes];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7F) | 0x01);  // positive, and never 0
  BIGNUM* number = BN_bin2bn(bytes, sizeof(bytes), nullptr);
  const bool done = number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return done;
}

bool AddExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  const bool done = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return done;
}

absl::StatusOr<std::string> PemOf(const X509* certificate, EVP_PKEY* key) {
  const UniqueBio out(BIO_new(BIO_s_mem()));
  const bool done = certificate != nullptr
                        ? PEM_write_bio_X509(out.get(), certificate) == 1
                        : PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
  if (!done) return Failed();
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return std::string(bytes, static_cast<size_t>(size));
}

struct Extension {
  int kind;
  std::string value;
};

// Signed by `ca`, or by itself where that is null.
absl::StatusOr<Identity> Make(const Identity* ca, const std::string& name, const Validity& validity,
                              const std::vector<Extension>& extensions) {
  const UniqueKey key(EVP_EC_gen("P-256"));
  const UniqueCertificate certificate(X509_new());
  if (key == nullptr || certificate == nullptr) return Failed();
  UniqueCertificate ca_certificate;
  UniqueKey ca_key;
  if (ca != nullptr) {
    ca_certificate.reset(PEM_read_bio_X509(ReadOnly(ca->certificate).get(), nullptr, nullptr, nullptr));
    ca_key.reset(PEM_read_bio_PrivateKey(ReadOnly(ca->key).get(), nullptr, nullptr, nullptr));
    if (ca_certificate == nullptr || ca_key == nullptr) return Failed();
  }
  X509* const issuer = ca == nullptr ? certificate.get() : ca_certificate.get();
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  const std::string common_name = name.substr(0, kMaxCommonName);
  bool done =
      X509_set_version(certificate.get(), X509_VERSION_3) == 1 && SetSerial(certificate.get()) &&
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0) == 1 &&
      X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1 &&
      X509_set_pubkey(certificate.get(), key.get()) == 1 &&
      X509_time_adj_ex(X509_getm_notBefore(certificate.get()),
                       static_cast<int>(std::min<int64_t>(validity.days, 0)) - (validity.days < 0 ? 1 : 0),
                       -kBackdateSeconds, nullptr) != nullptr &&
      X509_time_adj_ex(X509_getm_notAfter(certificate.get()), static_cast<int>(validity.days), 0, nullptr) != nullptr;
  for (const Extension& extension : extensions) {
    done = done && AddExtension(certificate.get(), issuer, extension.kind, extension.value);
  }
  done = done && X509_sign(certificate.get(), ca == nullptr ? key.get() : ca_key.get(), EVP_sha256()) > 0;
  if (!done) return Failed();
  const absl::StatusOr<std::string> certificate_pem = PemOf(certificate.get(), nullptr);
  const absl::StatusOr<std::string> key_pem = PemOf(nullptr, key.get());
  if (!certificate_pem.ok() || !key_pem.ok()) return Failed();
  return Identity{*certificate_pem, *key_pem};
}

// "IP:10.0.0.1" or "DNS:n1.example", in which nothing else can hide: the value is OpenSSL's own small language.
absl::StatusOr<std::string> AlternativeName(const std::string& host) {
  ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str());
  ERR_clear_error();
  if (address != nullptr) {
    ASN1_OCTET_STRING_free(address);
    return absl::StrCat("IP:", host);
  }
  const bool valid = !host.empty() && host.size() <= 253 && host[0] != '-' && host[0] != '.' &&
                     std::all_of(host.begin(), host.end(), [](unsigned char character) {
                       return absl::ascii_isalnum(character) || character == '-' || character == '.';
                     });
  if (!valid)
    return absl::InvalidArgumentError(absl::StrCat("\"", host, "\" is neither a host's name nor an IP address"));
  return absl::StrCat("DNS:", host);
}

std::vector<Extension> LeafExtensions(const char* usage, const std::string& names) {
  return {{NID_basic_constraints, "critical,CA:FALSE"},
          {NID_key_usage, "critical,digitalSignature"},
          {NID_ext_key_usage, usage},
          {NID_subject_key_identifier, "hash"},
          {NID_authority_key_identifier, "keyid"},
          {NID_subject_alt_name, names}};
}

}  // namespace

absl::StatusOr<Identity> MakeCa(const std::string& name, const Validity& validity) {
  return Make(nullptr, name, validity,
              {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
               {NID_key_usage, "critical,keyCertSign,cRLSign"},
               {NID_subject_key_identifier, "hash"}});
}

absl::StatusOr<Identity> MakeNodeIdentity(const Identity& ca, const std::vector<std::string>& hosts,
                                          const Validity& validity) {
  std::vector<std::string> names;
  for (const std::string& host : hosts) {
    const absl::StatusOr<std::string> name = AlternativeName(host);
    if (!name.ok()) return name.status();
    names.push_back(*name);
  }
  if (names.empty()) return absl::InvalidArgumentError("a node has a name");
  return Make(&ca, hosts[0], validity, LeafExtensions("serverAuth", absl::StrJoin(names, ",")));
}

absl::StatusOr<Identity> MakeClientIdentity(const Identity& ca, const std::string& name, const std::string& uri,
                                            const Validity& validity) {
  if (absl::StrContains(uri, ',') || absl::StrContains(uri, '\n')) {
    return absl::InvalidArgumentError(absl::StrCat("\"", uri, "\" is no URI"));
  }
  return Make(&ca, name, validity, LeafExtensions("clientAuth", absl::StrCat("URI:", uri)));
}

}  // namespace resource_broker::brokerctl
