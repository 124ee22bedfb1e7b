// Who is at the other end of a named pipe.
#pragma once

#include <winsock2.h>
// After winsock2.h.
#include <windows.h>

#include "absl/status/statusor.h"
#include "ipc/peer.h"

namespace resource_broker::ipc {

// This process, as others see it. Its token can always be read; the error is for systems out of memory.
absl::StatusOr<PeerIdentity> OwnIdentity();

// The client of a server's end of a pipe. Call it when the client has sent its first bytes, which is when the system
// knows its token. PermissionDenied for a client that hides it (anonymous impersonation). The calling thread takes the
// client's identity for a moment.
absl::StatusOr<PeerIdentity> IdentityOfClient(HANDLE pipe);

// The server of a client's end of a pipe. Where the server process does not let its token be read, the account is the
// pipe's owner: only an administrator can give a pipe to LocalSystem or to the Administrators group.
absl::StatusOr<PeerIdentity> IdentityOfServer(HANDLE pipe);

}  // namespace resource_broker::ipc
