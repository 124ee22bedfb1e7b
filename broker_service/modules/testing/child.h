// A program run by a test, and what it says.
#pragma once

#include <memory>
#include <string>

#include "broker_service/modules/child_process.h"

namespace resource_broker::broker::testing {

// Begins to run when it is made, and is killed if it still runs when it goes. What is awaited and does not come fails
// the test.
class Child {
 public:
  explicit Child(ChildOptions options);
  // One that runs already.
  explicit Child(const ChildRecord& record);

  ChildProcess* process() { return process_.get(); }

  // Waits until it runs. Process 0 if it could not be started.
  ChildRecord AwaitStart();
  // Waits until its output holds `text`; all of its output.
  std::string AwaitOutput(const std::string& text);
  // The same of what it writes to stderr.
  std::string AwaitErrors(const std::string& text);
  // Waits until it has ended.
  ChildEnd AwaitEnd();

  std::string Output();
  std::string Errors();

 private:
  class Recorder;
  std::shared_ptr<Recorder> recorder_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace resource_broker::broker::testing
