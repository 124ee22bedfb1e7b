#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "bridge_dll/broker_address.h"

namespace resource_broker::bridge {
namespace {

constexpr char kPrefix[] = "npipe:////./pipe/";

bool BelongsInName(unsigned char c) { return absl::ascii_isgraph(c) && c != '/' && c != '\\'; }

}  // namespace

std::string DefaultBrokerAddress() { return absl::StrCat(kPrefix, "resource-broker-v1"); }

absl::StatusOr<std::string> BrokerAddress(absl::string_view name) {
  constexpr size_t kMaxName = 200;
  const absl::string_view pipe = absl::StripPrefix(absl::StripPrefix(name, kPrefix), R"(\\.\pipe\)");
  if (pipe.empty() || pipe.size() > kMaxName || !std::all_of(pipe.begin(), pipe.end(), BelongsInName)) {
    return absl::InvalidArgumentError("is not the name of a pipe");
  }
  return absl::StrCat(kPrefix, pipe);
}

}  // namespace resource_broker::bridge
