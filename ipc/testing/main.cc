// Runs the tests, or, as a child of a test, one end of a connection:
//
//   serve <address>   serves Echo; prints "ready"
//   call <address>    makes one call; prints who the server says called
//   hang <address>    makes a call that does not end; prints "begun"
//
// Children live until their standard input ends, so none is left when the test dies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <string>

#include "ipc/channel.h"
#include "ipc/testing/echo_server.h"
#include "ipc/testing/transport_test_base.h"

namespace resource_broker::ipc::testing {
namespace {

void WaitForParent() {
  std::string line;
  while (std::getline(std::cin, line)) {
  }
}

int Fail(const absl::Status& status) {
  std::cout << status << std::endl;
  return 1;
}

int RunServe(const std::string& address) {
  const EchoServer server(address);
  if (!server.status().ok()) return Fail(server.status());
  std::cout << "ready" << std::endl;
  WaitForParent();
  return 0;
}

int RunCall(const std::string& address) {
  const auto channel = Connect(address, {});
  if (!channel.ok()) return Fail(channel.status());
  const auto answer = Call(*channel, "from a child");
  if (!answer.ok()) return Fail(answer.status());
  std::cout << answer->caller() << std::endl;
  WaitForParent();
  return 0;
}

int RunHang(const std::string& address) {
  const auto channel = Connect(address, {});
  if (!channel.ok()) return Fail(channel.status());
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  const auto stub = Echo::NewStub(*channel);
  const auto stream = stub->Hang(&context, EchoMessage());
  EchoMessage first;
  if (!stream->Read(&first)) return Fail(absl::UnavailableError(stream->Finish().error_message()));
  std::cout << "begun" << std::endl;
  WaitForParent();
  return 0;
}

}  // namespace
}  // namespace resource_broker::ipc::testing

int main(int argc, char** argv) {
  const std::string role = argc == 3 ? argv[1] : "";
  if (role == "serve") return resource_broker::ipc::testing::RunServe(argv[2]);
  if (role == "call") return resource_broker::ipc::testing::RunCall(argv[2]);
  if (role == "hang") return resource_broker::ipc::testing::RunHang(argv[2]);
  ::testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
