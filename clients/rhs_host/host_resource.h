// Host's own record of a resource. Only for host*.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "clients/rhs_host/host.h"

namespace resource_broker::rhs_host {

// Guarded by Host::mutex_, but for what says otherwise.
struct Host::Resource {
  explicit Resource(std::string resource_name) : name(std::move(resource_name)) {}

  const std::string name;
  // Its entry points, since the first OpenV2; a resource that was never opened uses any type's.
  EntryPoints* entry_points = nullptr;
  // Set while open.
  std::optional<ResourceRules> rules;
  resapi::RESID resid = nullptr;
  // What it was before Close.
  resapi::RESID closed_resid = nullptr;
  uintptr_t handle = 0;
  resapi::HKEY key = nullptr;
  // OpenV2 is queued or runs.
  bool opening = false;
  // Close runs: it is not overlapped by a Terminate of the host's own.
  bool closing = false;
  // Terminate calls the host made of itself; ordinary calls wait for their end.
  int own_terminates = 0;
  int failures = 0;
  // OnlineV2 gave an event handle, or a report did.
  bool has_event = false;
  // When it is polled next, if it is online then.
  absl::Duration looks_due;
  absl::Duration alive_due;
  CallResult last;
  // The last member: its end waits for calls that use the others. Thread-safe.
  CallLane lane;
};

}  // namespace resource_broker::rhs_host
