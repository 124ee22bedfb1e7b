// The names of resource types that the bridge serves; a header of its own, for the tool that registers them.
#pragma once

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace resource_broker::bridge {

inline constexpr char kTypeName[] = "Resource Broker";

// kTypeName, or that with a blank and more behind it ("Resource Broker Database"): all are served alike, and an
// installation has as many types as it wants different defaults for. Without regard to case.
inline bool IsOurType(absl::string_view type) {
  constexpr absl::string_view kName(kTypeName, sizeof(kTypeName) - 1);
  return absl::StartsWithIgnoreCase(type, kName) && (type.size() == kName.size() || type[kName.size()] == ' ');
}

}  // namespace resource_broker::bridge
