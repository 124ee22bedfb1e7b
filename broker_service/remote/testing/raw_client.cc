#include "broker_service/remote/testing/raw_client.h"

#include <gtest/gtest.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>
#include <functional>

#include "broker_service/remote/tls_context.h"

namespace resource_broker::broker::testing {
namespace {

using asio::ip::tcp;

// No test waits so long unless it fails.
constexpr std::chrono::seconds kPatience{60};

tcp::endpoint Loopback(uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

asio::ssl::context ContextOf(const RawClient& client) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_verify_mode(asio::ssl::verify_none);
  if (client.only_tls_1_2) SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_2_VERSION);
  if (!client.alpn.empty()) {
    SSL_CTX_set_alpn_protos(context.native_handle(), reinterpret_cast<const unsigned char*>(client.alpn.data()),
                            static_cast<unsigned int>(client.alpn.size()));
  }
  if (client.certificate != nullptr) {
    context.use_certificate(asio::buffer(client.certificate->certificate), asio::ssl::context::pem);
    context.use_private_key(asio::buffer(client.certificate->key), asio::ssl::context::pem);
  }
  return context;
}

class Talk {
 public:
  Talk(uint16_t port, const RawClient& client, bool to_the_end)
      : client_(client), to_the_end_(to_the_end), context_(ContextOf(client)), stream_(io_, context_) {
    stream_.next_layer().connect(Loopback(port));
  }

  RawAnswer Run() {
    stream_.async_handshake(asio::ssl::stream_base::client, [this](asio::error_code error) {
      if (error) {
        answer_.handshake = error.message();
        return Drain();
      }
      const std::unique_ptr<X509, decltype(&X509_free)> server(SSL_get1_peer_certificate(stream_.native_handle()),
                                                               X509_free);
      answer_.server_subject = NamesOf(server.get()).subject;
      if (!to_the_end_) return;
      asio::async_write(stream_, asio::buffer(client_.send), [](asio::error_code, size_t) {});
      Read();
    });
    io_.run_for(kPatience);
    EXPECT_TRUE(io_.stopped()) << "the server has not closed the connection";
    return answer_;
  }

 private:
  void Read() {
    stream_.async_read_some(asio::buffer(buffer_), [this](asio::error_code error, size_t bytes) {
      answer_.bytes.append(buffer_.data(), bytes);
      if (!error) return Read();
      answer_.end = error.message();
      Drain();
    });
  }

  // An alert is not the end yet.
  void Drain() {
    stream_.next_layer().async_read_some(asio::buffer(buffer_), [this](asio::error_code error, size_t) {
      if (!error) Drain();
    });
  }

  const RawClient client_;
  const bool to_the_end_;
  asio::io_context io_;
  asio::ssl::context context_;
  asio::ssl::stream<tcp::socket> stream_;
  std::array<char, 4096> buffer_;
  RawAnswer answer_;
};

}  // namespace

RawAnswer TalkTls(uint16_t port, const RawClient& client) { return Talk(port, client, true).Run(); }
RawAnswer GreetTls(uint16_t port, const RawClient& client) { return Talk(port, client, false).Run(); }

std::string TalkPlain(uint16_t port, const std::string& bytes) {
  asio::io_context io;
  tcp::socket socket(io);
  socket.connect(Loopback(port));
  asio::error_code ignored;
  asio::write(socket, asio::buffer(bytes), ignored);
  std::string answer;
  std::array<char, 4096> buffer;
  const std::function<void()> read = [&] {
    socket.async_read_some(asio::buffer(buffer), [&](asio::error_code error, size_t size) {
      answer.append(buffer.data(), size);
      if (!error) read();
    });
  };
  read();
  io.run_for(kPatience);
  EXPECT_TRUE(io.stopped()) << "the server has not closed the connection";
  return answer;
}

}  // namespace resource_broker::broker::testing
