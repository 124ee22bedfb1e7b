#include <grpcpp/server_context.h>

#include "ipc/peer.h"
#include "ipc/peer_text.h"

namespace resource_broker::ipc {

std::optional<PeerIdentity> CallerOf(const grpc::ServerContextBase& context) { return PeerFromText(context.peer()); }

}  // namespace resource_broker::ipc
