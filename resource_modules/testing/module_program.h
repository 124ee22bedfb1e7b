// A module's staged program, run and called in tests as the broker does it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "resource_broker/v1/module.grpc.pb.h"
#include "resource_modules/process/process_tree.h"

namespace resource_broker::testing {

// How an Execute went.
struct Outcome {
  grpc::Status status;
  std::vector<v1::ExecuteEvent> steps;

  // The last step's result; an empty one if there is none.
  v1::ExecuteEvent::Result result() const;
  // All progress messages, a line each.
  std::string messages() const;
};

class ModuleProgram {
 public:
  // Starts <stage>/<folder>/<name>/1.0.0/<name>, reads its handshake line and connects. Ends it when destroyed.
  explicit ModuleProgram(const std::string& name, const std::string& folder = "modules");
  ~ModuleProgram();

  // The first line it printed.
  const std::string& handshake() const { return handshake_; }
  v1::ResourceModule::Stub& stub() { return *stub_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  process::ProcessTree& tree() { return *tree_; }

  // As the broker closes stdin.
  void CloseStdin() { streams_.in.Close(); }

  // One call, to its end; `on_step` sees each step as it comes. Resources need not be opened before.
  Outcome Execute(const v1::ExecuteRequest& request,
                  const std::function<void(const v1::ExecuteEvent&)>& on_step = nullptr);
  Outcome Online(const std::string& resource) { return Execute(Request(v1::ONLINE, resource)); }
  Outcome Offline(const std::string& resource) { return Execute(Request(v1::OFFLINE, resource)); }

  // With a new id and the properties set below.
  v1::ExecuteRequest Request(v1::OperationKind kind, const std::string& resource) const;

  v1::Health CheckHealth(const std::string& resource, bool thorough = true);
  grpc::Status Terminate(const std::string& resource);
  void Cancel(const std::string& operation_id);

  // For all requests that follow.
  void Set(const std::string& property, const std::string& text);
  void Set(const std::string& property, const std::vector<std::string>& texts);

 private:
  std::string folder_;
  std::unique_ptr<process::ProcessTree> tree_;
  process::Streams streams_;
  // Reads what the module prints, so that it is never held up; its log goes to the test's.
  std::vector<std::thread> readers_;
  std::string handshake_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ResourceModule::Stub> stub_;
  google::protobuf::Map<std::string, v1::PropertyValue> properties_;
};

// <stage>/<path below it>, with ".exe" where programs have it; found from this test's own program.
std::string StagedProgram(const std::string& path);

// A program built for tests, at <build folder>/<path below it>.
std::string BuiltProgram(const std::string& path);

// A context with a deadline far beyond what any call of a test takes.
std::unique_ptr<grpc::ClientContext> Context();

// A folder of this test's own, one for each `name`, made anew; forward slashes. The same test's next run removes it.
std::string TemporaryFolder(const std::string& name);

}  // namespace resource_broker::testing
