// What passes the relay arrives as it was. Natively only: under Wine gRPC's own TCP client garbles messages of some MiB
// itself; tests/remote/ sends them to a broker there from a native client.
#include <gmock/gmock.h>
#include <grpcpp/channel.h>

#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "broker_service/remote/testing/remote_fixture.h"

namespace resource_broker::broker {
namespace {

using testing::EchoMessage;
using RelayedMessagesTest = testing::RemoteTest;

TEST_F(RelayedMessagesTest, LargeAndManyMessages_ArriveWhole) {
  Start();
  const auto channel = Connect(ClientOf("viewers/a"));
  std::string large(7 << 20, '\0');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 2654435761U >> 24);
  EchoMessage answer;
  for (int i = 0; i < 3; ++i) {
    const grpc::Status status = Call(channel, &answer, "", large);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_TRUE(answer.payload() == large);
  }
  const auto stub = testing::Echo::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
  const auto chat = stub->Chat(&context);
  std::thread writer([&chat] {
    for (int i = 0; i < 5000; ++i) {
      EchoMessage message;
      message.set_payload(std::string(i % 700, static_cast<char>('a' + i % 26)));
      chat->Write(message);
    }
    chat->WritesDone();
  });
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(chat->Read(&answer)) << i;
    ASSERT_EQ(answer.payload(), std::string(i % 700, static_cast<char>('a' + i % 26)));
  }
  writer.join();
  EXPECT_TRUE(chat->Finish().ok());
}

}  // namespace
}  // namespace resource_broker::broker
