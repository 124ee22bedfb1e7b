// Who owns the other end of a Unix domain socket, or the socket's file.
#pragma once

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "ipc/peer.h"

namespace resource_broker::ipc {

// The process that connected `fd` (for a client: that listens), as the kernel recorded it then. The image path is empty
// if that process has ended since.
absl::StatusOr<PeerIdentity> IdentityOfSocket(int fd);

// An account of which no process is known.
PeerIdentity IdentityOfAccount(uid_t account);

}  // namespace resource_broker::ipc
