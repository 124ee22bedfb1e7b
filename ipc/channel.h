// Calling gRPC over a Windows named pipe or a Unix domain socket.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "ipc/peer.h"

namespace grpc {
class Channel;
}

namespace resource_broker::ipc {

struct ChannelOptions {
  // Asked for the server of every new connection before a byte is sent. Empty: SameAccountOrAdministrator(). Natively
  // the socket's owner and its folder's are checked instead, once, when the channel is made and the socket exists.
  PeerCheck verify_server;

  // One attempt to connect, with waiting for a busy pipe.
  std::chrono::milliseconds connect_timeout{5000};

  // gRPC's backoff between failed attempts.
  std::chrono::milliseconds initial_backoff{100};
  std::chrono::milliseconds max_backoff{1000};

  // Largest message sent or received.
  int max_message_bytes = 8 << 20;

  // What a stream may hold that nobody has read yet stays at HTTP/2's 64 KiB (and one message). Otherwise gRPC lets it
  // grow with the speed of the connection, up to 16 MiB: faster for large messages, and memory of this process.
  bool small_windows = false;
};

// A channel to `address` (as in Listener). It connects when first used, and again whenever the connection is lost; keep
// one for the life of the program rather than making many. InvalidArgument for an address that is not of this platform.
// Nothing of gRPC need be initialised before, and it may be: linking this registers the transport before main().
absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, const ChannelOptions& options);

// A fresh address nobody can guess, for a private server: npipe:////./pipe/<prefix>-<32 hex digits>, natively
// unix:<directory>/<prefix>-<32 hex digits>.sock. `directory` is ignored on Windows.
std::string PrivateAddress(const std::string& prefix, const std::string& directory);

}  // namespace resource_broker::ipc
