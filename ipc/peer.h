// Who is at the other end of a local connection, as the operating system says, not as the peer claims.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace grpc {
class ServerContextBase;
}

namespace resource_broker::ipc {

// A process at the other end of a pipe or Unix socket.
struct PeerIdentity {
  // 0 where the system does not tell.
  uint32_t process_id = 0;

  // The account: a SID in string form ("S-1-5-18"), natively "uid:<number>".
  std::string account;

  // Whether it has an administrator's rights in full: LocalSystem, or an elevated token with the Administrators group
  // enabled (elevation alone also marks backup operators and the like); natively, whether it is root.
  bool elevated = false;

  // Full path of its program, UTF-8; empty if it can't be read (the process is gone, or rights are missing).
  std::string image_path;

  // "pid 4711, S-1-5-18, elevated, C:\Windows\Cluster\rhs.exe": for logs and errors.
  std::string ToString() const;
};

// Decides whether a peer may talk; an error refuses it and is what the log says. Called on an I/O thread: must not
// block.
using PeerCheck = std::function<absl::Status(const PeerIdentity&)>;

// Accepts peers that run under this process's account, as LocalSystem (natively root), or elevated as administrators.
PeerCheck SameAccountOrAdministrator();

// Who called, in a handler of a server that listens through `Listener`. Natively gRPC gives handlers no way to the
// connection: nullopt there, and what `ListenOptions::authorize` decided is all that is known. On Windows it is nullopt
// for calls that came by another transport (TCP).
std::optional<PeerIdentity> CallerOf(const grpc::ServerContextBase& context);

}  // namespace resource_broker::ipc
