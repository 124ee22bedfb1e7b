// The resource_broker program, run by a test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker_service/modules/child_process.h"

namespace resource_broker::broker::testing {

// Begins to run when it is made, and is killed if it still runs when it goes.
class Program {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;
  explicit Program(std::vector<std::string> arguments, const Environment& environment = {});
  ~Program();

  // Waits until it runs. 0 if it could not be started.
  uint32_t ProcessId();
  // Waits until it has ended.
  int64_t ExitCode();
  // After ExitCode.
  std::string Output();
  std::string Errors();

 private:
  class Recorder;
  std::shared_ptr<Recorder> recorder_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace resource_broker::broker::testing
