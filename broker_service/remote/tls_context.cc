#include "broker_service/remote/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace resource_broker::broker {
namespace {

using UniqueBio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using UniqueX509 = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr char kCiphersOf12[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr unsigned char kHttp2[] = {2, 'h', '2'};

// The newest of OpenSSL's errors, which are then forgotten.
absl::Status Wrong(absl::string_view key, absl::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return absl::InvalidArgumentError(
      absl::StrCat(key, ": ", what, reason == nullptr ? "" : ": ", reason == nullptr ? "" : reason));
}

UniqueBio Reader(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

// Without it OpenSSL would ask at the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

absl::StatusOr<std::vector<UniqueX509>> Certificates(const char* key, const std::string& text) {
  std::vector<UniqueX509> certificates;
  const UniqueBio reader = Reader(text);
  while (X509* certificate = PEM_read_bio_X509(reader.get(), nullptr, NoPassphrase, nullptr)) {
    certificates.emplace_back(certificate, X509_free);
  }
  const unsigned long end = ERR_peek_last_error();
  if (ERR_GET_LIB(end) != ERR_LIB_PEM || ERR_GET_REASON(end) != PEM_R_NO_START_LINE) {
    return Wrong(key, "has a part that is no certificate");
  }
  ERR_clear_error();
  if (certificates.empty()) return Wrong(key, "has no certificate");
  return certificates;
}

absl::Status UseCertificate(const TlsFiles& files, SSL_CTX* ssl, TlsContext* context) {
  constexpr char kCertificate[] = "remote.certificateFile";
  constexpr char kKey[] = "remote.keyFile";
  absl::StatusOr<std::vector<UniqueX509>> chain = Certificates(kCertificate, files.certificate);
  if (!chain.ok()) return chain.status();
  if (SSL_CTX_use_certificate(ssl, chain->front().get()) != 1) return Wrong(kCertificate, "can't be used");
  for (size_t i = 1; i < chain->size(); ++i) {
    if (SSL_CTX_add1_chain_cert(ssl, (*chain)[i].get()) != 1) return Wrong(kCertificate, "has a chain of no use");
  }
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(Reader(files.key).get(), nullptr, NoPassphrase, nullptr), EVP_PKEY_free);
  if (key == nullptr) return Wrong(kKey, "has no key, or one with a passphrase");
  if (SSL_CTX_use_PrivateKey(ssl, key.get()) != 1 || SSL_CTX_check_private_key(ssl) != 1) {
    return Wrong(kKey, "is not the key of remote.certificateFile");
  }
  context->subject = NamesOf(chain->front().get()).subject;
  tm until{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(chain->front().get()), &until) != 1) return Wrong(kCertificate, "has no end");
  context->not_after = absl::FromTM(until, absl::UTCTimeZone());
  return absl::OkStatus();
}

absl::Status UseTrust(const TlsFiles& files, SSL_CTX* ssl) {
  absl::StatusOr<std::vector<UniqueX509>> roots = Certificates("remote.trustFile", files.trust);
  if (!roots.ok()) return roots.status();
  X509_STORE* const store = SSL_CTX_get_cert_store(ssl);
  for (const UniqueX509& root : *roots) {
    if (X509_STORE_add_cert(store, root.get()) != 1 || SSL_CTX_add_client_CA(ssl, root.get()) != 1) {
      return Wrong("remote.trustFile", "has a certificate of no use");
    }
  }
  if (files.revocation.empty()) return absl::OkStatus();
  const UniqueBio reader = Reader(files.revocation);
  int lists = 0;
  while (X509_CRL* list = PEM_read_bio_X509_CRL(reader.get(), nullptr, NoPassphrase, nullptr)) {
    const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> owned(list, X509_CRL_free);
    if (X509_STORE_add_crl(store, list) != 1) return Wrong("remote.revocationFile", "has a list of no use");
    ++lists;
  }
  const unsigned long end = ERR_peek_last_error();
  if (lists == 0 || ERR_GET_REASON(end) != PEM_R_NO_START_LINE) {
    return Wrong("remote.revocationFile", "has a part that is no revocation list, or none at all");
  }
  ERR_clear_error();
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return absl::OkStatus();
}

int ChooseHttp2(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, chosen_size, kHttp2, sizeof(kHttp2), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

bool IsPrintable(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return false;
  }
  return true;
}

void AddName(const ASN1_IA5STRING* name, std::vector<std::string>* names) {
  const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
                              static_cast<size_t>(ASN1_STRING_length(name)));
  if (IsPrintable(text)) names->emplace_back(text);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TlsContext>> MakeTlsContext(const TlsFiles& files, bool allow_tls_1_2) {
  ERR_clear_error();
  auto context = std::make_shared<TlsContext>();
  context->ssl = std::shared_ptr<SSL_CTX>(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX* const ssl = context->ssl.get();
  if (ssl == nullptr) return absl::ResourceExhaustedError("OpenSSL has no memory");
  SSL_CTX_set_security_level(ssl, 2);
  SSL_CTX_set_min_proto_version(ssl, allow_tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION);
  if (SSL_CTX_set_cipher_list(ssl, kCiphersOf12) != 1) return Wrong("remote", "OpenSSL lacks its ciphers");
  SSL_CTX_set_options(
      ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(ssl, 0);
  SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_alpn_select_cb(ssl, ChooseHttp2, nullptr);
  absl::Status status = UseCertificate(files, ssl, context.get());
  if (status.ok()) status = UseTrust(files, ssl);
  if (!status.ok()) return status;
  return context;
}

PeerNames NamesOf(X509* certificate) {
  PeerNames names;
  const UniqueBio text(BIO_new(BIO_s_mem()), BIO_free);
  // UTF-8 stays readable.
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  names.subject.assign(bytes, static_cast<size_t>(size));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_size = 0;
  X509_digest(certificate, EVP_sha256(), digest, &digest_size);
  for (unsigned int i = 0; i < digest_size; ++i)
    absl::StrAppend(&names.fingerprint, absl::Hex(digest[i], absl::kZeroPad2));
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> others(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(others.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(others.get(), i);
    if (name->type == GEN_URI) AddName(name->d.uniformResourceIdentifier, &names.uris);
    if (name->type == GEN_DNS) AddName(name->d.dNSName, &names.dns_names);
    if (name->type == GEN_EMAIL) AddName(name->d.rfc822Name, &names.emails);
  }
  return names;
}

}  // namespace resource_broker::broker
