#include "tests/modules/other_protocol.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "ipc/end_process.h"
#include "ipc/listener.h"
#include "resource_broker/v1/module.grpc.pb.h"
#include "resource_modules/sdk/program.h"

namespace resource_broker::test_modules {
namespace {

constexpr uint32_t kNewerMin = 2;
constexpr uint32_t kNewerMax = 3;

class Greeter : public v1::ResourceModule::Service {
 public:
  explicit Greeter(bool newer) : newer_(newer) {}

  grpc::Status Hello(grpc::ServerContext* /*context*/, const v1::HelloRequest* request,
                     v1::HelloResponse* response) override {
    const v1::ProtocolOffer& offer = request->offer();
    if (newer_ && offer.max_version() < kNewerMin) {
      return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION,
                          absl::StrCat("no common protocol version: offered ", offer.min_version(), " to ",
                                       offer.max_version(), ", this module speaks ", kNewerMin, " to ", kNewerMax));
    }
    response->mutable_choice()->set_version(newer_ ? std::min(offer.max_version(), kNewerMax) : 0);
    response->mutable_choice()->set_component(sdk::EnvironmentVariable("RESOURCE_BROKER_MODULE_NAME").value_or(""));
    response->set_process_id(sdk::ProcessId());
    return grpc::Status::OK;
  }

 private:
  const bool newer_;
};

int Serve(bool newer) {
  Greeter service(newer);
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const std::string address = sdk::EnvironmentVariable("RESOURCE_BROKER_MODULE_ENDPOINT").value_or("");
  auto listener = ipc::Listener::Add(&builder, address, {});
  if (!listener.ok()) return 1;
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || !(*listener)->Start().ok()) return 1;
  std::printf("RESOURCE-BROKER-MODULE|1|%s\n", address.c_str());
  std::fflush(stdout);
  // The broker ends it; a forgotten one ends some time.
  std::this_thread::sleep_for(std::chrono::minutes(10));
  ipc::EndProcess(0);
}

}  // namespace

int ServeOlderProtocol() { return Serve(/*newer=*/false); }
int ServeNewerProtocol() { return Serve(/*newer=*/true); }

}  // namespace resource_broker::test_modules
