// module.proto, served on behalf of a Module.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "resource_broker/v1/module.grpc.pb.h"
#include "resource_modules/sdk/executions.h"
#include "resource_modules/sdk/module.h"
#include "resource_modules/sdk/notifications.h"
#include "resource_modules/sdk/pulled_stream.h"
#include "resource_modules/sdk/resources.h"
#include "resource_modules/sdk/worker_pool.h"

namespace resource_broker::sdk {

class ModuleService final : public v1::ResourceModule::CallbackService {
 public:
  struct Options {
    // The module, as its manifest has it.
    std::string name;
    std::string version;

    Executions::Limits operations;

    // Short calls (health, control, open, close) at once and waiting; and Terminate, which never waits for those.
    size_t max_parallel_calls = 32;
    size_t max_waiting_calls = 4096;
    size_t max_parallel_terminations = 32;

    // How long Terminate waits for the terminated operation's code to return before it answers without it.
    std::chrono::milliseconds terminate_timeout{5000};
    // How long operations that outlived the grace of a stop may take to obey their cancel.
    std::chrono::milliseconds stop_cancel_timeout{2000};
  };

  // `module` is not owned.
  ModuleService(Options options, Module* module);
  // Waits for the module's code to return.
  ~ModuleService() override;

  // Asks for the end, as Stop does. From any thread, more than once: the first counts.
  void RequestStop(std::chrono::milliseconds grace);

  // Whether a broker has said Hello, or asked for the end, within `timeout`.
  bool WaitForHello(std::chrono::milliseconds timeout);

  // Blocks until it was asked for; the grace.
  std::chrono::milliseconds WaitForStopRequest();

  // Ends operations and streams. False if the module's code is still busy with an operation; it is not waited for any
  // longer.
  bool Finish(std::chrono::milliseconds grace);

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
  using NotificationStream = PulledStream<v1::ModuleNotification>;

  // Runs `call` on the pool and finishes the reactor with what it returns.
  static grpc::ServerUnaryReactor* RunOn(WorkerPool& pool, grpc::CallbackServerContext* context,
                                         std::function<grpc::Status()> call);
  Result Work(const std::shared_ptr<Execution>& execution);
  grpc::Status TerminateNow(const v1::ModuleTerminateRequest& request);

  const Options options_;
  Module* const module_;
  const std::shared_ptr<Notifications> notifications_;
  Resources resources_;

  absl::Mutex mutex_;
  bool greeted_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<std::chrono::milliseconds> stop_grace_ ABSL_GUARDED_BY(mutex_);
  // The broker's Watch.
  std::weak_ptr<NotificationStream> watch_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;

  // Last, so that their threads end before what they use.
  Executions executions_;
  WorkerPool terminations_;
  WorkerPool calls_;
};

}  // namespace resource_broker::sdk
