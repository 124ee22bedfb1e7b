#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ipc/end_process.h"
#include "ipc/listener.h"
#include "resource_modules/sdk/about.h"
#include "resource_modules/sdk/log.h"
#include "resource_modules/sdk/module.h"
#include "resource_modules/sdk/module_service.h"
#include "resource_modules/sdk/program.h"

namespace resource_broker::sdk {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr int kOrderlyEnd = 0;
constexpr int kFailed = 1;
constexpr int kCalledWrongly = 2;

// InBuffer may have 3 MiB, and properties come on top.
constexpr int kMaxMessageBytes = 8 << 20;
// What is under way on the connection when the module ends.
constexpr milliseconds kServerShutdownTimeout{2000};
// Everything after the operations' end. Server::Shutdown has been seen not to return, and a module's Terminate may not
// either: then the process ends without them.
constexpr milliseconds kEndTimeout{10000};
// A broker says Hello within seconds of the handshake. One that ended just then has not written down that this process
// runs: no other will come.
constexpr milliseconds kHelloTimeout{60000};

// Ends the process if the scope it guards is not left in time.
class EndWatchdog {
 public:
  explicit EndWatchdog(milliseconds timeout)
      : thread_([this, timeout] {
          absl::MutexLock lock(&mutex_);
          if (mutex_.AwaitWithTimeout(absl::Condition(&left_), absl::FromChrono(timeout))) return;
          Log("the end takes too long; ending without it");
          ipc::EndProcess(kFailed);
        }) {}
  ~EndWatchdog() {
    {
      absl::MutexLock lock(&mutex_);
      left_ = true;
    }
    thread_.join();
  }

 private:
  absl::Mutex mutex_;
  bool left_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Serves until it is asked to stop; the exit code.
int Serve(const std::string& endpoint, ModuleService::Options options, Module* module) {
  grpc::EnableDefaultHealthCheckService(true);
  auto service = std::make_shared<ModuleService>(std::move(options), module);
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);
  builder.RegisterService(service.get());
  absl::StatusOr<std::unique_ptr<ipc::Listener>> listener = ipc::Listener::Add(&builder, endpoint, {});
  if (!listener.ok()) {
    Log(absl::StrCat("cannot listen at ", endpoint, ": ", listener.status().message()));
    return kFailed;
  }
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    Log("the gRPC server does not start");
    return kFailed;
  }
  absl::Status started = (*listener)->Start();
  if (!started.ok()) {
    Log(absl::StrCat("cannot listen at ", endpoint, ": ", started.message()));
    return kFailed;
  }
  if (!WriteToStdout(absl::StrCat("RESOURCE-BROKER-MODULE|1|", (*listener)->address(), "\n"))) {
    Log("nobody reads the handshake line");
    service->RequestStop(milliseconds(0));
  }
  if (!service->WaitForHello(kHelloTimeout)) {
    Log("no broker says Hello; ending");
    service->RequestStop(milliseconds(0));
  }

  milliseconds grace = service->WaitForStopRequest();
  bool ended = service->Finish(grace);
  server->GetHealthCheckService()->SetServingStatus(false);
  EndWatchdog watchdog(kEndTimeout);
  (*listener)->Stop();
  server->Shutdown(system_clock::now() + kServerShutdownTimeout);
  if (!ended) {
    Log("an operation did not end when told to; ending without it");
    ipc::EndProcess(kFailed);
  }
  // Here, under the watchdog's eye: it waits for calls that are in the module's code.
  server.reset();
  service.reset();
  return kOrderlyEnd;
}

}  // namespace

int RunModule(int argc, char** argv, Module& module) {
  std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  About about = AboutThisProgram();
  if (arguments.size() == 1 && arguments[0] == "--version") {
    std::printf("%s %s\n", about.name.c_str(), about.version.c_str());
    return kOrderlyEnd;
  }
  if (arguments.size() == 1 && arguments[0] == "--help") {
    std::printf("%s", HelpText(about).c_str());
    return kOrderlyEnd;
  }
  if (!arguments.empty()) {
    std::fprintf(stderr, "%s: it takes no arguments but --help and --version\n", about.name.c_str());
    return kCalledWrongly;
  }
  std::optional<std::string> endpoint = EnvironmentVariable("RESOURCE_BROKER_MODULE_ENDPOINT");
  if (!endpoint.has_value()) {
    std::fprintf(stderr, "%s", HelpText(about).c_str());
    return kCalledWrongly;
  }
  SurviveBrokenPipes();
  ModuleService::Options options;
  options.name = EnvironmentVariable("RESOURCE_BROKER_MODULE_NAME").value_or(about.name);
  options.version = EnvironmentVariable("RESOURCE_BROKER_MODULE_VERSION").value_or(about.version);
  return Serve(*endpoint, std::move(options), &module);
}

}  // namespace resource_broker::sdk
