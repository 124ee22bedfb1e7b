#include <optional>

#include "absl/strings/str_cat.h"
#include "broker_service/access/local_caller.h"
#include "ipc/peer.h"

namespace resource_broker::broker {

Caller LocalCaller(const grpc::ServerContextBase& context) {
  const std::optional<ipc::PeerIdentity> peer = ipc::CallerOf(context);
  // By another transport than the pipe nobody is local.
  if (!peer.has_value()) return {"", "", Role::kNone};
  return {absl::StrCat("local ", peer->account), "pipe", Role::kAdmin};
}

}  // namespace resource_broker::broker
