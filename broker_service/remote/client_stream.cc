#include "broker_service/remote/client_stream.h"

#include <asio/ssl/stream.hpp>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

using asio::ip::tcp;

constexpr std::string_view kHttp2 = "h2";
// Of a name that nobody has vouched for.
constexpr size_t kMaxSubjectBytes = 256;

class Plain : public ClientStream {
 public:
  explicit Plain(tcp::socket socket) : socket_(std::move(socket)) {}

  void Greet(std::function<void(absl::StatusOr<PeerNames>)> done) override { done(PeerNames()); }
  void Read(asio::mutable_buffer buffer, Done done) override { socket_.async_read_some(buffer, std::move(done)); }
  void Write(asio::const_buffer buffer, Done done) override { socket_.async_write_some(buffer, std::move(done)); }
  void End(Done done) override {
    asio::error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    done(error, 0);
  }
  void Close() override {
    asio::error_code ignored;
    socket_.close(ignored);
  }
  tcp::socket& socket() override { return socket_; }

 private:
  tcp::socket socket_;
};

class Tls : public ClientStream {
 public:
  // Takes `ssl`.
  Tls(tcp::socket socket, SSL* ssl) : stream_(std::move(socket), ssl) {
    asio::error_code ignored;
    stream_.set_verify_callback([this](bool ok, asio::ssl::verify_context& context) { return Verify(ok, context); },
                                ignored);
  }

  void Greet(std::function<void(absl::StatusOr<PeerNames>)> done) override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [this, done = std::move(done)](asio::error_code error) { done(Greeted(error)); });
  }
  void Read(asio::mutable_buffer buffer, Done done) override { stream_.async_read_some(buffer, std::move(done)); }
  void Write(asio::const_buffer buffer, Done done) override { stream_.async_write_some(buffer, std::move(done)); }
  void End(Done done) override {
    stream_.async_shutdown([done = std::move(done)](asio::error_code error) { done(error, 0); });
  }
  void Close() override {
    asio::error_code ignored;
    stream_.next_layer().close(ignored);
  }
  tcp::socket& socket() override { return stream_.next_layer(); }

 private:
  // Remembers what is wrong with which certificate: OpenSSL keeps neither for the end of the handshake.
  bool Verify(bool ok, asio::ssl::verify_context& context) {
    if (ok || !refused_.empty()) return ok;
    X509_STORE_CTX* const store = context.native_handle();
    X509* const certificate = X509_STORE_CTX_get_current_cert(store);
    refused_ = absl::StrCat("the certificate ",
                            certificate == nullptr
                                ? ""
                                : absl::StrCat("\"", CutText(NamesOf(certificate).subject, kMaxSubjectBytes), "\" "),
                            "is refused: ", X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
    return false;
  }

  absl::StatusOr<PeerNames> Greeted(asio::error_code error) {
    if (!refused_.empty()) return absl::UnauthenticatedError(refused_);
    if (error) return absl::UnauthenticatedError(absl::StrCat("TLS handshake: ", error.message()));
    SSL* const ssl = stream_.native_handle();
    const unsigned char* protocol = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl, &protocol, &size);
    if (std::string_view(reinterpret_cast<const char*>(protocol), size) != kHttp2) {
      return absl::UnauthenticatedError("TLS handshake: HTTP/2 (ALPN \"h2\") was not offered");
    }
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl), X509_free);
    // OpenSSL has seen to it.
    if (certificate == nullptr) return absl::UnauthenticatedError("TLS handshake: no certificate");
    return NamesOf(certificate.get());
  }

  asio::ssl::stream<tcp::socket> stream_;
  std::string refused_;
};

}  // namespace

std::unique_ptr<ClientStream> PlainStream(tcp::socket socket) { return std::make_unique<Plain>(std::move(socket)); }

absl::StatusOr<std::unique_ptr<ClientStream>> TlsStream(tcp::socket socket, const TlsContext& context) {
  SSL* const ssl = SSL_new(context.ssl.get());
  if (ssl == nullptr) return absl::ResourceExhaustedError("OpenSSL has no memory");
  return std::make_unique<Tls>(std::move(socket), ssl);
}

}  // namespace resource_broker::broker
