// The resource_broker program, run by a test.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "broker_service/modules/testing/child.h"

namespace resource_broker::broker::testing {

class Program : public Child {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;
  explicit Program(std::vector<std::string> arguments, const Environment& environment = {});

  // Waits until it has ended.
  int64_t ExitCode() { return AwaitEnd().exit_code; }
};

}  // namespace resource_broker::broker::testing
