// ShareThread, which changes gRPC for the whole process: a test program of its own, on Windows only.
//
//   serve <address>   the other end, in a process that has not called it; prints "ready"
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "ipc/channel.h"
#include "ipc/shared_thread.h"
#include "ipc/testing/child_process.h"
#include "ipc/testing/echo_server.h"
#include "ipc/testing/process.h"
#include "ipc/testing/transport_test_base.h"

namespace resource_broker::ipc::testing {
namespace {

class SharedThreadTest : public TransportTest {
 protected:
  void SetUp() override {
    auto server = ChildProcess::Start({"serve", address()});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto line = server_->ReadLine(std::chrono::duration_cast<std::chrono::milliseconds>(kPatience));
    ASSERT_TRUE(line.ok()) << line.status();
    ASSERT_EQ(*line, "ready");
  }

  // Starts 16 calls at once; the threads that their callbacks ran on.
  static std::vector<std::thread::id> ThreadsOfCallbacks(const std::shared_ptr<grpc::Channel>& channel) {
    constexpr int kCalls = 16;
    struct OneCall {
      grpc::ClientContext context;
      EchoMessage message;
      std::thread::id thread;
      bool ok = false;
    };
    const auto stub = Echo::NewStub(channel);
    std::vector<OneCall> calls(kCalls);
    absl::BlockingCounter left(kCalls);
    for (OneCall& call : calls) {
      call.context.set_wait_for_ready(true);
      call.context.set_deadline(std::chrono::system_clock::now() + kPatience);
      stub->async()->Unary(&call.context, &call.message, &call.message, [&call, &left](const grpc::Status& status) {
        call.thread = std::this_thread::get_id();
        call.ok = status.ok();
        left.DecrementCount();
      });
    }
    left.Wait();
    std::vector<std::thread::id> threads;
    for (const OneCall& call : calls) {
      EXPECT_TRUE(call.ok);
      threads.push_back(call.thread);
    }
    std::sort(threads.begin(), threads.end());
    threads.erase(std::unique(threads.begin(), threads.end()), threads.end());
    return threads;
  }

  std::unique_ptr<ChildProcess> server_;
};

TEST_F(SharedThreadTest, CallsAtOnce_CallbacksRunOnOneThreadAndGrpcHasFew) {
  const Held before = HeldAtRest();
  ShareThread();
  const auto threads = ThreadsOfCallbacks(NewChannel());
  EXPECT_EQ(threads.size(), 1);
  EXPECT_NE(threads.front(), std::this_thread::get_id());
  // The shared one, one of gRPC's timers, one for what is started where nothing may run at once.
  EXPECT_LE(HeldAtRest().threads - before.threads, 4);
}

TEST_F(SharedThreadTest, ServerKilledAndBack_CallIsAnsweredOnTheNewConnection) {
  ShareThread();
  const auto channel = NewChannel();
  ASSERT_TRUE(Call(channel, "before").ok());
  server_->Kill();
  SetUp();
  // gRPC's backoff is among what now runs on the shared thread.
  const auto answer = Call(channel, "after");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->payload(), "after");
}

TEST_F(SharedThreadTest, NobodyAnswersInTime_CallEndsAtItsDeadline) {
  ShareThread();
  const auto stub = Echo::NewStub(NewChannel());
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(300));
  const auto stream = stub->Hang(&context, EchoMessage());
  EchoMessage message;
  while (stream->Read(&message)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

int Serve(const std::string& address) {
  const EchoServer server(address);
  if (!server.status().ok()) {
    std::cout << server.status() << std::endl;
    return 1;
  }
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  return 0;
}

}  // namespace
}  // namespace resource_broker::ipc::testing

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "serve") return resource_broker::ipc::testing::Serve(argv[2]);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
