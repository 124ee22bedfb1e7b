// What the checks of one DLL are told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace resource_broker::rhs_host {

struct CheckOptions {
  std::string dll;
  // The resource type that is started.
  std::string type = "Resource Broker";
  // Each Name[:TYPE]=value, of every resource that is opened.
  std::vector<std::string> properties;
  // Of everything that is random.
  uint32_t seed = 1;
  // How often resources are opened and closed to see what leaks.
  int cycles = 1000;
  // A pending operation is silent for no longer.
  absl::Duration pending_timeout = absl::Seconds(30);
  // A call takes no longer.
  absl::Duration deadlock_timeout = absl::Seconds(30);
  // The process of one check is ended then. Checks that repeat something stop at half of it.
  absl::Duration time_limit = absl::Seconds(120);
};

// Above this a call, in the contract's words, should have been left to a worker.
inline constexpr absl::Duration kPromptly = absl::Milliseconds(300);

}  // namespace resource_broker::rhs_host
