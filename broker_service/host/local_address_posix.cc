#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "broker_service/host/local_address.h"
#include "ipc/socket_address_posix.h"

namespace resource_broker::broker {

absl::Status CheckLocalAddress(const std::string& address) {
  const absl::StatusOr<std::string> path = ipc::SocketPath(address);
  if (!path.ok()) return path.status();
  if (path->front() == '/') return absl::OkStatus();
  // Bridges and administrators have other working directories than the broker.
  return absl::InvalidArgumentError(absl::StrCat("must be unix: and an absolute path, not \"", address, "\""));
}

}  // namespace resource_broker::broker
