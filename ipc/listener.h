// Serving gRPC on a Windows named pipe or a Unix domain socket.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc/peer.h"

namespace grpc {
class ServerBuilder;
}

namespace resource_broker::ipc {

struct ListenOptions {
  // Asked for every connection before a byte of HTTP/2 is parsed. Empty: SameAccountOrAdministrator().
  PeerCheck authorize;

  // Told why a connection was dropped before it was served: PermissionDenied (`authorize`'s words), ResourceExhausted
  // (max_connections), DeadlineExceeded (first_byte_timeout), or a failure of the system. Called on an I/O thread: must
  // not block. May be empty. A client that leaves before it sent anything is not told.
  std::function<void(const absl::Status& reason)> on_dropped;

  // Windows: who may open the pipe, in SDDL. Empty: LocalSystem, administrators and this account, with the network
  // denied first (the rights of each entry are in ipc/security_windows.h). Natively the socket's mode is 0600 and its
  // folder's 0700.
  std::string security_descriptor;

  // Connections at once; one more is dropped. From 1.
  int max_connections = 128;

  // Windows: instances of the pipe that wait for a client, 1 to 16. A burst of more clients than this finds the pipe
  // busy and tries again.
  int pending_instances = 4;

  // A client that has not sent the 24 bytes HTTP/2 begins with after this is dropped.
  std::chrono::milliseconds first_byte_timeout{5000};

  // For tests of what becomes of a broken connection. Told how many bytes a client that passed has sent, before the
  // server gets them; returns how many of them it may have. Fewer: the connection is cut behind those. Called on any
  // thread, must not block. Costs two threads a connection natively. Empty: nothing is in between.
  std::function<size_t(size_t bytes)> tap;

  // How long Start tries to own the address, while a server that just died still holds it.
  std::chrono::milliseconds bind_timeout{5000};
};

// One address a gRPC server listens on. Use, in this order:
//
//   grpc::ServerBuilder builder;
//   auto listener = Listener::Add(&builder, "npipe:////./pipe/resource-broker-v1", {});
//   auto server = builder.BuildAndStart();
//   absl::Status status = (*listener)->Start();    // from here on clients are served
//   …
//   (*listener)->Stop();                           // no new clients; those connected stay
//   server->Shutdown(deadline);                    // always with a deadline
//
// Must outlive the server's Shutdown. Add, Start and Stop are called from one thread.
class Listener {
 public:
  // `address` is npipe:////./pipe/<name> on Windows and unix:<path> elsewhere; anything else is InvalidArgument.
  static absl::StatusOr<std::unique_ptr<Listener>> Add(grpc::ServerBuilder* builder, const std::string& address,
                                                       ListenOptions options);
  virtual ~Listener() = default;

  // Fails if the address can't be had: AlreadyExists (somebody serves there), PermissionDenied, NotFound (no such
  // folder), each naming the address and the system's error.
  virtual absl::Status Start() = 0;

  // Idempotent; returns within 2 s.
  virtual void Stop() = 0;

  virtual const std::string& address() const = 0;
};

}  // namespace resource_broker::ipc
