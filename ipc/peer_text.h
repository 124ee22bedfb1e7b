// A peer's identity as the text that gRPC carries from a connection to its handlers (ServerContext::peer).
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "ipc/peer.h"

namespace resource_broker::ipc {

// "npipe:pid=4711&account=S-1-5-18&elevated=1&image=C%3A%5CWindows…". gRPC makes this text on the server from the
// endpoint alone, so a client can't forge it; the peer text of other transports has other schemes.
std::string PeerText(const PeerIdentity& peer);

// nullopt for anything PeerText does not write.
std::optional<PeerIdentity> PeerFromText(absl::string_view text);

}  // namespace resource_broker::ipc
