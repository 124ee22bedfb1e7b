#include <openssl/x509_vfy.h>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/doctor/checks.h"
#include "broker_service/file_rights.h"
#include "broker_service/remote/tcp_address.h"
#include "broker_service/remote/tls_context.h"
#include "broker_service/remote/tls_files.h"

namespace resource_broker::broker {
namespace {

constexpr std::chrono::seconds kConnectLimit{3};

// Connects and closes at once.
absl::Status Connect(const TcpAddress& address) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  asio::error_code result = asio::error::timed_out;
  asio::error_code ignored;
  asio::ip::address target = asio::ip::make_address(address.host, ignored);
  // All addresses of this machine; any of them does.
  if (target.is_unspecified()) {
    target = target.is_v4() ? asio::ip::address(asio::ip::address_v4::loopback())
                            : asio::ip::address(asio::ip::address_v6::loopback());
  }
  socket.async_connect({target, address.port}, [&result](const asio::error_code& error) { result = error; });
  io.run_for(kConnectLimit);
  return result ? absl::UnavailableError(result.message()) : absl::OkStatus();
}

void CheckPort(const v1::BrokerConfig::Remote& remote, Findings* findings) {
  const absl::StatusOr<TcpAddress> address = ParseTcpAddress(remote.address());
  // Any that is free: nobody can know which.
  if (!address.ok() || address->port == 0) return;
  if (const absl::Status status = Connect(*address); status.ok()) {
    findings->Ok("remote.port", absl::StrCat(remote.address(), " is listened at"));
  } else {
    findings->Error("remote.port", absl::StrCat("nobody listens at ", remote.address(), ": ", status.message()),
                    "restart the broker: it reads remote.address only then; its log says what keeps it from listening");
  }
}

// Whether the node's certificate is one of the trusted roots', as brokerctl of the same roots will ask.
void CheckTrust(const TlsContext& context, Findings* findings) {
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> verification(X509_STORE_CTX_new(),
                                                                                     X509_STORE_CTX_free);
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context.ssl.get(), &chain);
  X509_STORE_CTX_init(verification.get(), SSL_CTX_get_cert_store(context.ssl.get()),
                      SSL_CTX_get0_certificate(context.ssl.get()), chain);
  // Its time is another check, and revocation lists need not name the node's own.
  X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(verification.get());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_NO_CHECK_TIME);
  X509_VERIFY_PARAM_clear_flags(rules, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  if (X509_verify_cert(verification.get()) == 1) {
    findings->Ok("remote.trust", "the node's certificate is of a root in remote.trustFile");
    return;
  }
  const int error = X509_STORE_CTX_get_error(verification.get());
  findings->Warning(
      "remote.trust",
      absl::StrCat("the node's certificate does not lead to a root in remote.trustFile: ",
                   X509_verify_cert_error_string(error)),
      "put the authorities between behind the certificate in remote.certificateFile, or, where clients of "
      "this node trust another root on purpose, leave it");
}

void CheckDates(const TlsContext& context, const DoctorLimits& limits, Findings* findings) {
  constexpr char kCheck[] = "remote.certificate";
  constexpr char kRenew[] =
      "issue a new one (brokerctl pki, docs/remote_management.md); the broker takes it without a restart";
  const std::string until = absl::FormatTime("%Y-%m-%d", context.not_after, absl::UTCTimeZone());
  const absl::Duration left = context.not_after - absl::Now();
  if (X509_cmp_current_time(X509_get0_notBefore(SSL_CTX_get0_certificate(context.ssl.get()))) > 0) {
    findings->Error(kCheck, absl::StrCat(context.subject, " is not valid yet"), "set the clock, or issue another one");
  } else if (left <= absl::ZeroDuration()) {
    findings->Error(kCheck, absl::StrCat(context.subject, " has expired on ", until), kRenew);
  } else if (left < limits.certificate_left) {
    findings->Warning(
        kCheck, absl::StrCat(context.subject, " expires on ", until, ", in ", left / absl::Hours(24), " days"), kRenew);
  } else {
    findings->Ok(kCheck, absl::StrCat(context.subject, ", until ", until));
  }
}

}  // namespace

void CheckRemote(const Installation& installation, bool broker_runs, Findings* findings) {
  if (!installation.config.has_remote()) return;
  const v1::BrokerConfig::Remote& remote = installation.config.remote();
  if (broker_runs) CheckPort(remote, findings);
  if (remote.plaintext_on_loopback()) return;
  const absl::Status key = CheckOthersCantRead(std::filesystem::u8path(remote.key_file()));
  if (!key.ok()) {
    findings->Error("remote.key", absl::StrCat("remote.keyFile: ", key.message()),
                    "leave it to the broker's account alone, and issue a new one if others may have read it");
    return;
  }
  findings->Ok("remote.key", absl::StrCat(remote.key_file(), " is the broker's alone"));
  const absl::StatusOr<TlsFiles> files = ReadTlsFiles(remote);
  const absl::StatusOr<std::shared_ptr<const TlsContext>> context =
      files.ok() ? MakeTlsContext(*files, remote.allow_tls_1_2()) : files.status();
  if (!context.ok()) {
    findings->Error(
        "remote.certificate", std::string(context.status().message()),
        "correct that file: the broker keeps the former ones until it is restarted, and does not start then");
    return;
  }
  CheckDates(**context, installation.options.limits, findings);
  CheckTrust(**context, findings);
}

}  // namespace resource_broker::broker
