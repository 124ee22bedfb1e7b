// A resource's private properties, as read from the cluster database.
#pragma once

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::bridge {

// The registry ignores case in names, so do we: "pipename" is "PipeName".
struct IgnoringCase {
  using is_transparent = void;
  bool operator()(absl::string_view a, absl::string_view b) const;
};

using Properties = std::map<std::string, v1::PropertyValue, IgnoringCase>;

bool Same(const Properties& a, const Properties& b);

}  // namespace resource_broker::bridge
