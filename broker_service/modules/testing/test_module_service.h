// The contract, served by a module that does what its operations tell it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "resource_broker/v1/module.grpc.pb.h"

namespace resource_broker::broker::testing {

// An operation's property "Do" is one of
//   done       three steps of progress, then DONE (also without the property)
//   fail       OUTCOME_FAILED with 1053 and module code 77
//   not_now    NOT_NOW
//   wait       nothing, until Cancel or Terminate ends it
//   crash      the process ends
//   chat       6 MB go to stdout and stderr, then DONE
//   flood      20,000 steps of progress, then DONE
//   hang       one step, and neither Cancel nor Terminate ends it
//   no_result  the stream ends without a result
//   refuse     the call itself fails
//   remember   done, and the resource has a state from now on: Control answers it, ExportState gives it away
// A resource's property "Refused" is the code OpenResource answers. "Lock", "Dead" and "Fail" as names of resources
// make Watch tell of them.
class TestModuleService : public v1::ResourceModule::CallbackService {
 public:
  // `behaviour` is a word of test_module_main.cc; `name` the manifest's.
  TestModuleService(std::string behaviour, std::string name)
      : behaviour_(std::move(behaviour)), name_(std::move(name)) {}

  grpc::ServerUnaryReactor* Hello(grpc::CallbackServerContext* context, const v1::HelloRequest* request,
                                  v1::HelloResponse* response) override;
  grpc::ServerUnaryReactor* OpenResource(grpc::CallbackServerContext* context,
                                         const v1::ModuleOpenResourceRequest* request,
                                         v1::ModuleOpenResourceResponse* response) override;
  grpc::ServerUnaryReactor* CloseResource(grpc::CallbackServerContext* context,
                                          const v1::ModuleCloseResourceRequest* request,
                                          v1::ModuleCloseResourceResponse* response) override;
  grpc::ServerWriteReactor<v1::ExecuteEvent>* Execute(grpc::CallbackServerContext* context,
                                                      const v1::ExecuteRequest* request) override;
  grpc::ServerUnaryReactor* Cancel(grpc::CallbackServerContext* context, const v1::ModuleCancelRequest* request,
                                   v1::ModuleCancelResponse* response) override;
  grpc::ServerUnaryReactor* Terminate(grpc::CallbackServerContext* context, const v1::ModuleTerminateRequest* request,
                                      v1::ModuleTerminateResponse* response) override;
  grpc::ServerUnaryReactor* CheckHealth(grpc::CallbackServerContext* context,
                                        const v1::ModuleCheckHealthRequest* request,
                                        v1::ModuleCheckHealthResponse* response) override;
  grpc::ServerUnaryReactor* Control(grpc::CallbackServerContext* context, const v1::ModuleControlRequest* request,
                                    v1::ControlResponse* response) override;
  grpc::ServerWriteReactor<v1::ModuleNotification>* Watch(grpc::CallbackServerContext* context,
                                                          const v1::ModuleWatchRequest* request) override;
  grpc::ServerUnaryReactor* ExportState(grpc::CallbackServerContext* context,
                                        const v1::ModuleExportStateRequest* request,
                                        v1::ModuleExportStateResponse* response) override;
  grpc::ServerUnaryReactor* SelfTest(grpc::CallbackServerContext* context, const v1::ModuleSelfTestRequest* request,
                                     v1::ModuleSelfTestResponse* response) override;
  grpc::ServerUnaryReactor* Stop(grpc::CallbackServerContext* context, const v1::ModuleStopRequest* request,
                                 v1::ModuleStopResponse* response) override;

 private:
  class Execution;
  class Notifier;

  bool Knows(const std::string& operation_id) {
    absl::MutexLock lock(&mu_);
    return known_.count(operation_id) > 0;
  }

  const std::string behaviour_;
  const std::string name_;
  absl::Mutex mu_;
  // Those that wait, by operation.
  std::map<std::string, Execution*> waiting_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, std::string> resources_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, std::string> states_ ABSL_GUARDED_BY(mu_);
  // Operations it was given.
  std::set<std::string> known_ ABSL_GUARDED_BY(mu_);
  Notifier* notifier_ ABSL_GUARDED_BY(mu_) = nullptr;
};

}  // namespace resource_broker::broker::testing
