#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bridge_dll/resapi.h"
#include "clients/names/names.h"

namespace resource_broker::names {
namespace {

constexpr std::pair<int32_t, absl::string_view> kStates[] = {
    {resapi::ClusterResourceStateUnknown, "Unknown"},
    {resapi::ClusterResourceInherited, "Inherited"},
    {resapi::ClusterResourceInitializing, "Initializing"},
    {resapi::ClusterResourceOnline, "Online"},
    {resapi::ClusterResourceOffline, "Offline"},
    {resapi::ClusterResourceFailed, "Failed"},
    {resapi::ClusterResourcePending, "Pending"},
    {resapi::ClusterResourceOnlinePending, "OnlinePending"},
    {resapi::ClusterResourceOfflinePending, "OfflinePending"},
};

}  // namespace

std::string StateName(int32_t state) {
  for (const auto& [value, name] : kStates) {
    if (value == state) return std::string(name);
  }
  return absl::StrCat("state ", state);
}

absl::StatusOr<int32_t> ParseState(absl::string_view text) {
  std::string known;
  for (const auto& [value, name] : kStates) {
    if (absl::EqualsIgnoreCase(name, text)) return value;
    absl::StrAppend(&known, known.empty() ? "" : ", ", name);
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown state \"", text, "\"; known are ", known));
}

}  // namespace resource_broker::names
