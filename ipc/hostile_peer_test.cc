// Peers that are not what they should be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "ipc/testing/child_process.h"
#include "ipc/testing/process.h"
#include "ipc/testing/raw_client.h"
#include "ipc/testing/transport_test_base.h"

namespace resource_broker::ipc::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

using HostilePeerTest = TransportTest;

// Everything until the server closes, or the status of waiting for that.
absl::StatusOr<std::string> ReadToTheEnd(RawClient* client) {
  std::string all;
  while (true) {
    absl::StatusOr<std::string> bytes = client->Read(kPatience);
    if (!bytes.ok()) return bytes.status();
    if (bytes->empty()) return all;
    all += *bytes;
  }
}

std::string RandomBytes(std::mt19937* random, size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>((*random)());
  return bytes;
}

TEST_F(HostilePeerTest, RefusedClient_GetsNotOneByteOfHttp2) {
  DropLog log;
  ListenOptions options;
  options.on_dropped = log.Listener();
  options.authorize = [](const PeerIdentity& peer) {
    return absl::PermissionDeniedError(absl::StrCat("not ", peer.ToString()));
  };
  const EchoServer server(address(), options);
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto client = RawClient::Dial(address());
  ASSERT_TRUE(client.ok()) << client.status();
  // The server may have closed before; then there is nobody to write to.
  (*client)->Write(Http2Greeting()).IgnoreError();
  EXPECT_EQ(ReadToTheEnd(client->get()).value_or("not closed"), "");
  ASSERT_TRUE(log.WaitFor(1));
  EXPECT_TRUE(absl::IsPermissionDenied(log.drops()[0]));
  EXPECT_THAT(log.drops()[0].message(), HasSubstr(absl::StrCat("pid ", OwnProcessId())));
  EXPECT_TRUE(absl::IsUnavailable(Call(NewChannel(), "", kPatience, /*wait_for_ready=*/false).status()));
}

TEST_F(HostilePeerTest, ClientOfAnotherProcess_IsSeenAsWhatItIs) {
  absl::Mutex mutex;
  std::vector<PeerIdentity> seen;
  ListenOptions options;
  options.authorize = [&](const PeerIdentity& peer) {
    absl::MutexLock lock(&mutex);
    seen.push_back(peer);
    return absl::OkStatus();
  };
  const EchoServer server(address(), options);
  ASSERT_TRUE(server.status().ok()) << server.status();
  auto child = ChildProcess::Start({"call", address()});
  ASSERT_TRUE(child.ok()) << child.status();
  const auto line = (*child)->ReadLine(kPatience);
  ASSERT_TRUE(line.ok()) << line.status();
  absl::MutexLock lock(&mutex);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].process_id, (*child)->id());
  EXPECT_EQ(seen[0].account, OwnAccount());
  EXPECT_THAT(seen[0].image_path, HasSubstr("ipc_test"));
  // What the handler saw, where there is a way to see it.
  EXPECT_EQ(*line, kHandlersSeeCallers ? seen[0].ToString() : "");
}

TEST_F(HostilePeerTest, SilentClient_IsDroppedInTimeAndOthersAreServed) {
  DropLog log;
  ListenOptions options;
  options.on_dropped = log.Listener();
  options.first_byte_timeout = milliseconds(300);
  const EchoServer server(address(), options);
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto silent = RawClient::Dial(address());
  const auto few_bytes = RawClient::Dial(address());
  ASSERT_TRUE(silent.ok() && few_bytes.ok());
  ASSERT_TRUE((*few_bytes)->Write("PRI").ok());
  const auto begin = steady_clock::now();
  EXPECT_TRUE(Call(NewChannel(), "").ok());
  EXPECT_EQ(ReadToTheEnd(silent->get()).value_or("not closed"), "");
  EXPECT_EQ(ReadToTheEnd(few_bytes->get()).value_or("not closed"), "");
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
  ASSERT_TRUE(log.WaitFor(2));
  for (const absl::Status& drop : log.drops()) EXPECT_TRUE(absl::IsDeadlineExceeded(drop)) << drop;
}

TEST_F(HostilePeerTest, Greeting_MayComeByteByByte) {
  const EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto client = RawClient::Dial(address());
  ASSERT_TRUE(client.ok()) << client.status();
  for (const char c : Http2Greeting()) ASSERT_TRUE((*client)->Write(std::string(1, c)).ok());
  EXPECT_NE((*client)->Read(kPatience).value_or(""), "");
}

TEST_F(HostilePeerTest, Garbage_EndsItsOwnConnectionOnly) {
  const EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto channel = NewChannel();
  ASSERT_TRUE(Call(channel, "").ok());
  // NOLINTNEXTLINE(bugprone-random-generator-seed): the same bytes each time, so that a failure can be repeated.
  std::mt19937 random(20240601);
  for (int i = 0; i < 100; ++i) {
    const auto client = RawClient::Dial(address());
    ASSERT_TRUE(client.ok()) << client.status();
    // Every other one begins well, so that the frames behind are looked at too.
    std::string bytes = RandomBytes(&random, 1 + random() % 3000);
    if (i % 2 == 0) bytes.insert(0, Http2Greeting());
    (*client)->Write(bytes).IgnoreError();
  }
  EXPECT_TRUE(Call(channel, "the old connection").ok());
  EXPECT_TRUE(Call(NewChannel(), "a new one").ok());
}

TEST_F(HostilePeerTest, TenThousandConnectAndDrop_HarmNobody) {
  constexpr int kClients = 10'000;
  const EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto channel = NewChannel();
  ASSERT_TRUE(Call(channel, "").ok());
  const std::string greeting = Http2Greeting();
  const auto connect_and_drop = [&](int clients) {
    for (int i = 0; i < clients; ++i) {
      const auto client = RawClient::Dial(address());
      ASSERT_TRUE(client.ok()) << i << ": " << client.status();
      // Nothing, a part, or all of what HTTP/2 begins with.
      if (i % 8 == 1) (*client)->Write(greeting.substr(0, 5)).IgnoreError();
      if (i % 8 == 2) (*client)->Write(greeting).IgnoreError();
    }
  };
  // gRPC starts its threads, and those their semaphores, as it needs them.
  connect_and_drop(500);
  const Held before = HeldAtRest();
  connect_and_drop(kClients);
  EXPECT_TRUE(Call(channel, "the old connection").ok());
  EXPECT_TRUE(Call(NewChannel(), "a new one").ok());
  ExpectNoGrowth(before);
}

TEST_F(HostilePeerTest, OneClientTooMany_IsDroppedUntilAnotherLeaves) {
  DropLog log;
  ListenOptions options;
  options.on_dropped = log.Listener();
  options.max_connections = 2;
  const EchoServer server(address(), options);
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto first = NewChannel();
  ASSERT_TRUE(Call(first, "").ok());
  auto second = RawClient::Dial(address());
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_TRUE((*second)->Write(Http2Greeting()).ok());
  ASSERT_NE((*second)->Read(kPatience).value_or(""), "");
  const auto third = RawClient::Dial(address());
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ(ReadToTheEnd(third->get()).value_or("not closed"), "");
  ASSERT_TRUE(log.WaitFor(1));
  EXPECT_TRUE(absl::IsResourceExhausted(log.drops()[0])) << log.drops()[0];
  EXPECT_TRUE(Call(first, "").ok());
  second->reset();
  EXPECT_TRUE(Call(NewChannel(), "").ok());
}

TEST_F(HostilePeerTest, ServerOfAStranger_GetsNotOneByte) {
  auto stranger = RawServer::Listen(address());
  ASSERT_TRUE(stranger.ok()) << stranger.status();
  ChannelOptions options;
  options.verify_server = [](const PeerIdentity&) { return absl::PermissionDeniedError("a stranger"); };
  const auto channel = Connect(address(), options);
  if (kChannelsCheckWhenMade) {
    EXPECT_TRUE(absl::IsPermissionDenied(channel.status())) << channel.status();
    EXPECT_THAT(channel.status().message(), HasSubstr("a stranger"));
    return;
  }
  ASSERT_TRUE(channel.ok()) << channel.status();
  const auto answer = Call(*channel, "secret", kPatience, /*wait_for_ready=*/false);
  EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
  EXPECT_THAT(answer.status().message(), HasSubstr("a stranger"));
  const auto received = (*stranger)->ReceiveAll(kPatience);
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_EQ(*received, "");
}

TEST_F(HostilePeerTest, ServerThatAcceptsAndSaysNothing_TimesOut) {
  auto mute = RawServer::Listen(address());
  ASSERT_TRUE(mute.ok()) << mute.status();
  ChannelOptions options;
  options.connect_timeout = milliseconds(300);
  const auto begin = steady_clock::now();
  const auto answer = Call(NewChannel(options), "", kPatience, /*wait_for_ready=*/false);
  EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace resource_broker::ipc::testing
