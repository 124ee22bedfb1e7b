#include "broker_service/access/local_door.h"

#include <grpcpp/server_context.h>

#include "absl/strings/string_view.h"
#include "broker_service/log.h"
#include "ipc/peer.h"

namespace resource_broker::broker {

absl::StatusOr<Caller> LocalDoor::Admit(const grpc::ServerContextBase& context, std::string_view method) {
  const auto peer = ipc::CallerOf(context);
  return Caller{peer.has_value() ? peer->ToString() : "an unknown caller", "local", Role::kAdmin};
}

void LocalDoor::Record(const Caller& caller, std::string_view method, const Change& change,
                       const absl::Status& outcome) {
  LogInfo("admin: ", caller.identity, " ", absl::string_view(method.data(), method.size()), " \"", change.subject,
          "\" from \"", change.before, "\" to \"", change.after, "\": ", outcome.ToString());
}

}  // namespace resource_broker::broker
