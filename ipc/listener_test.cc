// The life of a listener: who owns the address, what Stop does, what clients see of it.
#include "ipc/listener.h"

#include <gmock/gmock.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "ipc/testing/child_process.h"
#include "ipc/testing/raw_client.h"
#include "ipc/testing/transport_test_base.h"

namespace resource_broker::ipc::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

using ListenerTest = TransportTest;

ListenOptions QuickToGiveUp() {
  ListenOptions options;
  options.bind_timeout = milliseconds(200);
  return options;
}

TEST_F(ListenerTest, ImpossibleOptions_AreRefusedByName) {
  grpc::ServerBuilder builder;
  ListenOptions options;
  options.max_connections = 0;
  EXPECT_THAT(Listener::Add(&builder, address(), options).status().message(), HasSubstr("max_connections"));
  options = {};
  options.pending_instances = 17;
  EXPECT_THAT(Listener::Add(&builder, address(), options).status().message(), HasSubstr("pending_instances"));
  options = {};
  options.first_byte_timeout = milliseconds(0);
  EXPECT_THAT(Listener::Add(&builder, address(), options).status().message(), HasSubstr("first_byte_timeout"));
  ChannelOptions channel_options;
  channel_options.max_message_bytes = -1;
  EXPECT_THAT(Connect(address(), channel_options).status().message(), HasSubstr("max_message_bytes"));
}

TEST_F(ListenerTest, AddressOfAnotherKind_IsRefused) {
  grpc::ServerBuilder builder;
  for (const char* other : {"", "localhost:80", "tcp://localhost", "npipe:", "unix:", "npipe://server/pipe/x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Listener::Add(&builder, other, {}).status())) << other;
    EXPECT_TRUE(absl::IsInvalidArgument(Connect(other, {}).status())) << other;
  }
}

TEST_F(ListenerTest, PrivateAddresses_AreUsableAndDifferent) {
  const TemporaryFolder folder;
  const std::string first = NewAddress(folder);
  EXPECT_NE(first, NewAddress(folder));
  const EchoServer server(first);
  EXPECT_TRUE(server.status().ok()) << server.status();
}

TEST_F(ListenerTest, NobodyServes_CallFailsAtOnce) {
  const auto channel = NewChannel();
  const auto begin = steady_clock::now();
  const auto answer = Call(channel, "", kPatience, /*wait_for_ready=*/false);
  EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST_F(ListenerTest, SecondServer_IsRefusedAndTheFirstServesOn) {
  const EchoServer first(address());
  ASSERT_TRUE(first.status().ok()) << first.status();
  const EchoServer second(address(), QuickToGiveUp());
  EXPECT_TRUE(absl::IsAlreadyExists(second.status())) << second.status();
  EXPECT_THAT(second.status().message(), HasSubstr(address()));
  EXPECT_TRUE(Call(NewChannel(), "").ok());
}

TEST_F(ListenerTest, StartedTwice_SecondFails) {
  EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  EXPECT_TRUE(absl::IsFailedPrecondition(server.listener()->Start()));
}

TEST_F(ListenerTest, StopWhileNobodyConnects_ReturnsAtOnce) {
  EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto begin = steady_clock::now();
  server.listener()->Stop();
  server.listener()->Stop();
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(1));
}

TEST_F(ListenerTest, StopWhileAClientHasSentNothing_DropsIt) {
  EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto client = RawClient::Dial(address());
  ASSERT_TRUE(client.ok()) << client.status();
  server.listener()->Stop();
  EXPECT_EQ((*client)->Read(kPatience).value_or("not closed"), "");
}

TEST_F(ListenerTest, Stop_KeepsWhoIsConnectedAndLetsNobodyElseIn) {
  EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto connected = NewChannel();
  ASSERT_TRUE(Call(connected, "").ok());
  server.listener()->Stop();
  EXPECT_TRUE(Call(connected, "still connected").ok());
  // On Windows the pipe is there as long as somebody is connected, and looks busy.
  ChannelOptions options;
  options.connect_timeout = milliseconds(300);
  EXPECT_FALSE(Call(NewChannel(options), "too late", kPatience, /*wait_for_ready=*/false).ok());
}

TEST_F(ListenerTest, StartedAgainAfterStop_ServesAgain) {
  EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  server.listener()->Stop();
  ASSERT_TRUE(server.listener()->Start().ok());
  EXPECT_TRUE(Call(NewChannel(), "").ok());
}

TEST_F(ListenerTest, ServerRestarts_TheSameChannelConnectsAgain) {
  const auto channel = NewChannel();
  for (int i = 0; i < 5; ++i) {
    EchoServer server(address());
    ASSERT_TRUE(server.status().ok()) << server.status();
    const auto answer = Call(channel, std::to_string(i));
    ASSERT_TRUE(answer.ok()) << i << ": " << answer.status();
  }
}

TEST_F(ListenerTest, ServerProcessKilledMidCall_CallEndsAndASuccessorServes) {
  auto child = ChildProcess::Start({"serve", address()});
  ASSERT_TRUE(child.ok()) << child.status();
  ASSERT_EQ((*child)->ReadLine(kPatience).value_or("nothing"), "ready");
  const auto channel = NewChannel();
  const auto answer = Call(channel, "");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->server_process_id(), (*child)->id());

  const auto stub = Echo::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  const auto stream = stub->Hang(&context, EchoMessage());
  EchoMessage message;
  ASSERT_TRUE(stream->Read(&message));
  (*child)->Kill();
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);

  const EchoServer successor(address());
  ASSERT_TRUE(successor.status().ok()) << successor.status();
  EXPECT_TRUE(Call(channel, "").ok());
}

TEST_F(ListenerTest, ShutdownWithClientsInCalls_EndsByItsDeadline) {
  auto server = std::make_unique<EchoServer>(address());
  ASSERT_TRUE(server->status().ok()) << server->status();
  constexpr int kClients = 16;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<EchoMessage>>> streams;
  for (int i = 0; i < kClients; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(Echo::NewStub(NewChannel())->Hang(contexts.back().get(), EchoMessage()));
    EchoMessage message;
    ASSERT_TRUE(streams.back()->Read(&message));
  }
  // And one that is no gRPC client, and does not answer the server's goodbye.
  const auto raw = RawClient::Dial(address());
  ASSERT_TRUE(raw.ok()) << raw.status();
  ASSERT_TRUE((*raw)->Write(Http2Greeting()).ok());
  ASSERT_TRUE((*raw)->Read(kPatience).ok());

  EXPECT_LT(server->Stop(milliseconds(300)), std::chrono::seconds(3));
  for (const auto& stream : streams) {
    EchoMessage message;
    EXPECT_FALSE(stream->Read(&message));
    EXPECT_FALSE(stream->Finish().ok());
  }
}

TEST_F(ListenerTest, ListenerThatComesAndGoesWhileClientsDial_LosesNoCall) {
  EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  constexpr int kRounds = 20;
  std::thread clients([this] {
    for (int i = 0; i < kRounds; ++i) {
      const auto answer = Call(NewChannel(), "");
      EXPECT_TRUE(answer.ok()) << answer.status();
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    server.listener()->Stop();
    EXPECT_TRUE(server.listener()->Start().ok());
  }
  clients.join();
}

TEST_F(ListenerTest, BurstOfClients_AllGetIn) {
  constexpr int kClients = 64;
  ListenOptions options;
  options.pending_instances = 1;
  const EchoServer server(address(), options);
  ASSERT_TRUE(server.status().ok()) << server.status();
  std::vector<std::thread> threads;
  threads.reserve(kClients);
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([this] {
      const auto client = RawClient::Dial(address());
      ASSERT_TRUE(client.ok()) << client.status();
      ASSERT_TRUE((*client)->Write(Http2Greeting()).ok());
      // The server's SETTINGS: it is served.
      EXPECT_NE((*client)->Read(kPatience).value_or(""), "");
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace resource_broker::ipc::testing
