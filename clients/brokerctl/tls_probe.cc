#include "clients/brokerctl/tls_probe.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/brokerctl/openssl_pointers.h"

namespace resource_broker::brokerctl {
namespace {

// HTTP/2, as gRPC offers it.
constexpr unsigned char kProtocols[] = {2, 'h', '2'};
// OpenSSL's word for a connection that ends without TLS's own goodbye.
constexpr char kEndOfStream[] = "unexpected eof while reading";
// A server that refuses a certificate says so at once, or speaks first itself.
constexpr std::time_t kVerdictSeconds = 2;

bool TrustAll(SSL_CTX* context, const std::string& pem) {
  const UniqueBio bio = ReadOnly(pem);
  bool any = false;
  while (const UniqueCertificate certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    any = X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) == 1 || any;
  }
  ERR_clear_error();
  return any;
}

UniqueTlsContext MakeContext(const Credentials& credentials) {
  UniqueTlsContext context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr || !TrustAll(context.get(), credentials.ca)) return nullptr;
  const UniqueBio chain = ReadOnly(credentials.certificate);
  const UniqueCertificate certificate(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
  const UniqueKey key(PEM_read_bio_PrivateKey(ReadOnly(credentials.key).get(), nullptr, nullptr, nullptr));
  SSL_CTX_use_certificate(context.get(), certificate.get());
  while (X509* intermediate = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
    SSL_CTX_add_extra_chain_cert(context.get(), intermediate);
  }
  ERR_clear_error();
  SSL_CTX_use_PrivateKey(context.get(), key.get());
  SSL_CTX_set_alpn_protos(context.get(), kProtocols, sizeof(kProtocols));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

// Runs a step of TLS until it is done (1 or what it returned), has failed, or the time is over (0 in `error`).
template <typename Step>
int Run(SSL* tls, std::time_t until, Step step, int* error) {
  for (;;) {
    const int result = step();
    if (result > 0) return result;
    *error = SSL_get_error(tls, result);
    if (*error != SSL_ERROR_WANT_READ && *error != SSL_ERROR_WANT_WRITE) return -1;
    const int socket = SSL_get_fd(tls);
    if (BIO_socket_wait(socket, *error == SSL_ERROR_WANT_READ ? 1 : 0, until) <= 0) {
      *error = SSL_ERROR_NONE;
      return 0;
    }
  }
}

absl::Status WrongCertificate(const std::string& wanted, long result) {
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return absl::FailedPreconditionError("the node's certificate, or one above it, has expired");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return absl::FailedPreconditionError("the node's certificate is not valid yet; are the clocks right?");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return absl::FailedPreconditionError(
          absl::StrCat("the node's certificate is not for ", wanted,
                       ": connect by the name it is for, or say it with --server-name"));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return absl::FailedPreconditionError(
          absl::StrCat("the node's certificate is of an unknown CA, none of those in --ca (",
                       X509_verify_cert_error_string(result), ")"));
    default:
      return absl::FailedPreconditionError(
          absl::StrCat("the node's certificate is not to be trusted: ", X509_verify_cert_error_string(result)));
  }
}

// `reason` is OpenSSL's, as in "tlsv1 alert unknown ca" or "sslv3 alert certificate expired".
absl::Status Refused(const std::string& reason) {
  if (absl::StrContains(reason, "alert") &&
      (absl::StrContains(reason, "certificate") || absl::StrContains(reason, "unknown ca") ||
       absl::StrContains(reason, "access denied"))) {
    const std::string word =
        absl::StrReplaceAll(reason, {{"tlsv13 alert ", ""}, {"tlsv1 alert ", ""}, {"sslv3 alert ", ""}});
    return absl::UnauthenticatedError(absl::StrCat("the node refuses the client certificate: ", word));
  }
  if (absl::StrContains(reason, "wrong version number") || absl::StrContains(reason, "packet length")) {
    return absl::UnavailableError("what answers there does not speak TLS");
  }
  return absl::UnavailableError(absl::StrCat("the TLS handshake failed: ", reason));
}

absl::Status Failure(SSL* tls, int error, const std::string& wanted) {
  if (error == SSL_ERROR_NONE) return absl::UnavailableError("the TLS handshake timed out");
  if (const long result = SSL_get_verify_result(tls); result != X509_V_OK) return WrongCertificate(wanted, result);
  const absl::Status closed = absl::UnavailableError("the node closed the connection during the TLS handshake");
  if (error == SSL_ERROR_ZERO_RETURN || (error == SSL_ERROR_SYSCALL && ERR_peek_error() == 0)) return closed;
  const std::string reason = TakeOpensslError();
  return reason == kEndOfStream ? closed : Refused(reason);
}

absl::StatusOr<UniqueBio> ConnectTcp(const NodeAddress& node, std::time_t until) {
  UniqueBio connection(BIO_new_connect(node.text.c_str()));
  if (connection == nullptr) return absl::UnavailableError(TakeOpensslError());
  BIO_set_nbio(connection.get(), 1);
  ERR_clear_error();
  while (BIO_do_connect(connection.get()) <= 0) {
    int socket = -1;
    const bool found = BIO_get_fd(connection.get(), &socket) >= 0;
    if (!BIO_should_retry(connection.get())) {
      const std::string reason = TakeOpensslError();
      return absl::UnavailableError(found ? reason : absl::StrCat("the host ", node.host, " was not found"));
    }
    if (BIO_socket_wait(socket, /*for_read=*/0, until) <= 0) {
      return absl::UnavailableError("the connection timed out: nothing answers at that address and port");
    }
  }
  ERR_clear_error();
  return connection;
}

}  // namespace

absl::Status ProbeTls(const Endpoint& endpoint, std::chrono::milliseconds timeout) {
  const int seconds = static_cast<int>(std::max<int64_t>(timeout.count() / 1000, 1));
  const UniqueTlsContext context = MakeContext(*endpoint.credentials);
  if (context == nullptr) return absl::FailedPreconditionError("--ca holds no certificate that can be used");
  absl::StatusOr<UniqueBio> connection = ConnectTcp(endpoint.node, std::time(nullptr) + seconds);
  if (!connection.ok()) return connection.status();
  const UniqueTls tls(SSL_new(context.get()));
  const std::string wanted = endpoint.server_name.empty() ? endpoint.node.host : endpoint.server_name;
  X509_VERIFY_PARAM* rules = SSL_get0_param(tls.get());
  const bool is_ip = X509_VERIFY_PARAM_set1_ip_asc(rules, wanted.c_str()) == 1;
  ERR_clear_error();
  if (!is_ip) {
    X509_VERIFY_PARAM_set1_host(rules, wanted.c_str(), wanted.size());
    SSL_set_tlsext_host_name(tls.get(), wanted.c_str());
  }
  BIO* const owned = connection->release();
  SSL_set_bio(tls.get(), owned, owned);
  int error = SSL_ERROR_NONE;
  if (Run(
          tls.get(), std::time(nullptr) + seconds, [&] { return SSL_connect(tls.get()); }, &error) <= 0) {
    return Failure(tls.get(), error, wanted);
  }
  // In TLS 1.3 the server judges the client's certificate when the client is through already.
  char byte = 0;
  const int read = Run(
      tls.get(), std::time(nullptr) + std::min<std::time_t>(kVerdictSeconds, seconds),
      [&] { return SSL_read(tls.get(), &byte, 1); }, &error);
  if (read > 0 || error == SSL_ERROR_NONE) return absl::OkStatus();
  const std::string reason = error == SSL_ERROR_SSL ? TakeOpensslError() : kEndOfStream;
  if (reason != kEndOfStream) return Refused(reason);
  return absl::UnauthenticatedError(
      "the node closes the connection after the TLS handshake: it may have refused the "
      "client certificate, or have too many connections");
}

}  // namespace resource_broker::brokerctl
