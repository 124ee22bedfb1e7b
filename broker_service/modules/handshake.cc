#include "broker_service/modules/handshake.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

constexpr std::string_view kPrefix = "RESOURCE-BROKER-MODULE|";
constexpr std::string_view kVersion = "1|";
constexpr size_t kMaxQuoted = 200;

}  // namespace

absl::Status CheckHandshake(std::string_view line, const std::string& address) {
  const std::string quoted = absl::CEscape(absl::string_view(line.data(), std::min(line.size(), kMaxQuoted)));
  if (line.substr(0, kPrefix.size()) != kPrefix) {
    return absl::InvalidArgumentError(absl::StrCat("it printed \"", quoted, "\" where its handshake was expected"));
  }
  line.remove_prefix(kPrefix.size());
  if (line.substr(0, kVersion.size()) != kVersion) {
    return absl::InvalidArgumentError(absl::StrCat("its handshake is of another version: \"", quoted, "\""));
  }
  line.remove_prefix(kVersion.size());
  if (line != address) {
    return absl::InvalidArgumentError(absl::StrCat("it listens elsewhere than on ", address, ": \"", quoted, "\""));
  }
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
