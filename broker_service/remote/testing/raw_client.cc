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

// Blocks until the server has closed the connection: one that never does is ended by the program's time limit.
RawAnswer Talk(uint16_t port, const RawClient& client, bool to_the_end) {
  asio::io_context io;
  asio::ssl::context context = ContextOf(client);
  asio::ssl::stream<tcp::socket> stream(io, context);
  stream.next_layer().connect(Loopback(port));
  RawAnswer answer;
  asio::error_code error;
  stream.handshake(asio::ssl::stream_base::client, error);
  std::array<char, 4096> buffer;
  if (error) {
    answer.handshake = error.message();
  } else {
    const std::unique_ptr<X509, decltype(&X509_free)> server(SSL_get1_peer_certificate(stream.native_handle()),
                                                             X509_free);
    answer.server_subject = NamesOf(server.get()).subject;
    if (!to_the_end) return answer;
    asio::write(stream, asio::buffer(client.send), error);
    for (error.clear(); !error;) {
      const size_t bytes = stream.read_some(asio::buffer(buffer), error);
      answer.bytes.append(buffer.data(), bytes);
    }
    answer.end = error.message();
  }
  // An alert is not the end yet.
  for (error.clear(); !error;) stream.next_layer().read_some(asio::buffer(buffer), error);
  return answer;
}

}  // namespace

RawAnswer TalkTls(uint16_t port, const RawClient& client) { return Talk(port, client, true); }
RawAnswer GreetTls(uint16_t port, const RawClient& client) { return Talk(port, client, false); }

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
