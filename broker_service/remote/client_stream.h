// A remote client's connection, with TLS or without.
#pragma once

#include <asio/buffer.hpp>
#include <asio/error_code.hpp>
#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "broker_service/access/peer_names.h"
#include "broker_service/remote/tls_context.h"

namespace resource_broker::broker {

// One thread. At most one of Greet, Read and one of Write, End are under way at once; what is destroyed or closed ends
// them with an error.
class ClientStream {
 public:
  using Done = std::function<void(asio::error_code error, size_t bytes)>;

  virtual ~ClientStream() = default;

  // Finds out who it is, before a byte is read: an error says why it is refused, in words for the audit log.
  virtual void Greet(std::function<void(absl::StatusOr<PeerNames>)> done) = 0;

  virtual void Read(asio::mutable_buffer buffer, Done done) = 0;
  // Some of it, as Read.
  virtual void Write(asio::const_buffer buffer, Done done) = 0;
  // Tells the client that nothing more comes.
  virtual void End(Done done) = 0;
  virtual void Close() = 0;
  // The connection below, past all encryption.
  virtual asio::ip::tcp::socket& socket() = 0;
};

std::unique_ptr<ClientStream> PlainStream(asio::ip::tcp::socket socket);
// ResourceExhausted: OpenSSL has no memory.
absl::StatusOr<std::unique_ptr<ClientStream>> TlsStream(asio::ip::tcp::socket socket, const TlsContext& context);

}  // namespace resource_broker::broker
