// The one table of what a method needs.
#pragma once

#include <string_view>
#include <vector>

#include "absl/strings/string_view.h"
#include "broker_service/access/door.h"

namespace resource_broker::broker {

struct MethodRole {
  // "Service.Method", without the service's package.
  absl::string_view method;
  Role role;
  // Whether it changes something: then its outcome is recorded. See Door.
  bool changes;
  // Not for remote callers, whatever their role.
  bool local_only = false;
};

// Of every service that administrators are served, those of gRPC's libraries included.
const std::vector<MethodRole>& MethodRoles();

// Null where there is none of that name.
const MethodRole* FindMethodRole(std::string_view method);

}  // namespace resource_broker::broker
