#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "bridge_dll/broker_address.h"

namespace resource_broker::bridge {

std::string DefaultBrokerAddress() { return "unix:/run/resource-broker/bridge.sock"; }

absl::StatusOr<std::string> BrokerAddress(absl::string_view name) {
  // sockaddr_un holds 107 characters.
  constexpr size_t kMaxPath = 107;
  const absl::string_view path = absl::StripPrefix(name, "unix:");
  if (!absl::StartsWith(path, "/")) return absl::InvalidArgumentError("is not unix:<absolute path>");
  if (path.size() > kMaxPath) return absl::InvalidArgumentError("is longer than a socket's path may be");
  return absl::StrCat("unix:", path);
}

}  // namespace resource_broker::bridge
