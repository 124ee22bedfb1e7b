// A module for the supervisor's tests, written against the contract alone. Its argument says how it behaves:
//
//   good           as it should; operations do what their property "Do" says (see test_module_service.cc)
//   exits          ends at once with code 3
//   rubbish        prints something else than a handshake
//   silent         prints nothing
//   elsewhere      says that it listens on another address
//   impostor       calls itself by another name in Hello
//   newer          speaks protocol versions 2 to 3 only, and says so to Hello
//   unoffered      answers version 2 to Hello, whatever was offered
//   wordy          is good, and its Hello has a field and a feature nobody knows
//   crash_soon     gives its handshake and ends
//   stubborn       is good, but does not end for Stop
//   picky          refuses the properties of all resources
//   corpse         finds all resources dead; corpse_at_second_sight only when it looks closely
//   unfit          fails its self test
//   discreet       tells nothing unasked
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "broker_service/modules/testing/test_module_service.h"
#include "ipc/listener.h"

namespace resource_broker::broker::testing {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Until it is killed or exits elsewhere; a forgotten one ends some time.
void Stay() { std::this_thread::sleep_for(std::chrono::minutes(10)); }

int Serve(const std::string& behaviour) {
  TestModuleService service(behaviour, Variable("RESOURCE_BROKER_MODULE_NAME"));
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const std::string address = Variable("RESOURCE_BROKER_MODULE_ENDPOINT");
  auto listener = ipc::Listener::Add(&builder, address, {});
  if (!listener.ok()) return 10;
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!(*listener)->Start().ok()) return 11;
  std::printf("RESOURCE-BROKER-MODULE|1|%s\n", behaviour == "elsewhere" ? "unix:/elsewhere" : address.c_str());
  std::fflush(stdout);
  if (behaviour == "crash_soon") std::_Exit(5);
  Stay();
  std::_Exit(0);
}

}  // namespace

int Main(const std::string& behaviour) {
  if (behaviour == "exits") return 3;
  if (behaviour == "rubbish") {
    std::puts("Hello, I am not a module");
    std::fflush(stdout);
    Stay();
    return 0;
  }
  if (behaviour == "silent") {
    Stay();
    return 0;
  }
  return Serve(behaviour);
}

}  // namespace resource_broker::broker::testing

// On Windows, too: the arguments of the tests are plain letters.
int main(int argc, char** argv) { return resource_broker::broker::testing::Main(argc > 1 ? argv[1] : ""); }
