// Calls over the transport: what every transport of gRPC must carry.
#include <gmock/gmock.h>
#include <grpc/support/time.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "ipc/testing/child_process.h"
#include "ipc/testing/process.h"
#include "ipc/testing/transport_test_base.h"

namespace resource_broker::ipc::testing {
namespace {

class CallTest : public TransportTest {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.status().ok()) << server_.status(); }

  EchoServer server_{address()};
};

// Differs at every place, so that lost, doubled and swapped pieces show.
std::string Pattern(size_t size) {
  std::string text(size, '\0');
  uint32_t state = 1;
  for (char& c : text) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return text;
}

TEST_F(CallTest, Unary_AnswersEverySizeAroundTheBuffers) {
  const auto channel = NewChannel();
  for (const size_t size : {0, 1, 4 << 10, 8 << 10, 64 << 10, 1 << 20, 4 << 20}) {
    for (const size_t exact : {size, size + 1, size + 16381}) {
      const std::string payload = Pattern(exact);
      const auto answer = Call(channel, payload);
      ASSERT_TRUE(answer.ok()) << exact << ": " << answer.status();
      ASSERT_TRUE(answer->payload() == payload) << exact;
    }
  }
}

TEST_F(CallTest, MessageOverTheLimit_FailsAloneAndTheConnectionGoesOn) {
  ChannelOptions options;
  options.max_message_bytes = 100'000;
  const auto channel = NewChannel(options);
  EXPECT_EQ(Call(channel, Pattern(100'001)).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Call(channel, Pattern(90'000)).ok());
}

TEST_F(CallTest, SixtyFourCallsAtOnce_AllGetTheirOwnAnswer) {
  constexpr int kCalls = 64;
  const auto channel = NewChannel();
  const auto stub = Echo::NewStub(channel);
  struct OneCall {
    grpc::ClientContext context;
    EchoMessage request;
    EchoMessage answer;
    grpc::Status status;
  };
  std::vector<OneCall> calls(kCalls);
  absl::BlockingCounter left(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    OneCall& call = calls[i];
    call.context.set_wait_for_ready(true);
    call.context.set_deadline(std::chrono::system_clock::now() + kPatience);
    call.request.set_payload(absl::StrCat(i, Pattern(20'000 + i)));
    stub->async()->Unary(&call.context, &call.request, &call.answer, [&call, &left](grpc::Status status) {
      call.status = std::move(status);
      left.DecrementCount();
    });
  }
  left.Wait();
  for (const OneCall& call : calls) {
    EXPECT_TRUE(call.status.ok()) << call.status.error_message();
    EXPECT_TRUE(call.answer.payload() == call.request.payload());
  }
}

TEST_F(CallTest, Stream_KeepsItsOrder) {
  const auto stub = Echo::NewStub(NewChannel());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  const auto stream = stub->Chat(&context);
  for (int i = 0; i < 500; ++i) {
    EchoMessage message;
    message.set_payload(std::to_string(i));
    ASSERT_TRUE(stream->Write(message));
    ASSERT_TRUE(stream->Read(&message));
    ASSERT_EQ(message.payload(), std::to_string(i));
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(CallTest, DeadlineOfAPendingRead_EndsTheCallOnBothEnds) {
  const auto stub = Echo::NewStub(NewChannel());
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(500));
  const auto stream = stub->Hang(&context, EchoMessage());
  EchoMessage message;
  while (stream->Read(&message)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(server_.service().WaitForCancelled(1));
}

TEST_F(CallTest, ClientProcessKilled_CancelsItsCallInTheServer) {
  auto child = ChildProcess::Start({"hang", address()});
  ASSERT_TRUE(child.ok()) << child.status();
  ASSERT_EQ((*child)->ReadLine(kPatience).value_or("nothing"), "begun");
  (*child)->Kill();
  EXPECT_TRUE(server_.service().WaitForCancelled(1));
  EXPECT_TRUE(Call(NewChannel(), "still there").ok());
}

// See callback_naps.cc. The rest is what is tested, not a wait for something.
TEST_F(CallTest, CalledAfterASecondOfRest_CallbackComesAtOnce) {
  constexpr int kCalls = 3;
  const auto stub = Echo::NewStub(NewChannel());
  auto quickest = std::chrono::steady_clock::duration::max();
  for (int i = 0; i <= kCalls; ++i) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    EchoMessage message;
    absl::Notification done;
    const auto begun = std::chrono::steady_clock::now();
    stub->async()->Unary(&context, &message, &message, [&done](const grpc::Status&) { done.Notify(); });
    done.WaitForNotification();
    // The first one connects.
    if (i > 0) quickest = std::min(quickest, std::chrono::steady_clock::now() - begun);
    std::this_thread::sleep_for(std::chrono::milliseconds(1020));
  }
  EXPECT_LT(quickest, std::chrono::milliseconds(40));
}

// gRPC's first use in the second second of a Windows process waits for the third, and aborts the process if it has not
// come after ten such sleeps.
TEST(CallbackNapsTest, SleepByTheMonotonicClock_IsSlept) {
  constexpr std::chrono::milliseconds kSleep(100);
  const auto begun = std::chrono::steady_clock::now();
  gpr_sleep_until(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(kSleep.count(), GPR_TIMESPAN)));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, kSleep * 9 / 10);
}

TEST_F(CallTest, RoundTrip_IsMeasured) {
  constexpr int kWarmUp = 200;
  constexpr int kCalls = 2000;
  const auto channel = NewChannel();
  std::vector<double> microseconds;
  for (int i = 0; i < kWarmUp + kCalls; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(Call(channel, "ping").ok());
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    if (i >= kWarmUp) microseconds.push_back(took.count());
  }
  std::sort(microseconds.begin(), microseconds.end());
  const double median = microseconds[kCalls / 2];
  const double high = microseconds[kCalls * 99 / 100];
  std::cout << "unary round trip in one process: p50 " << median << " us, p99 " << high << " us\n";
  // Not a benchmark: this is what a wait on a timer instead of an event would look like.
  EXPECT_LT(median, 10'000);
}

}  // namespace
}  // namespace resource_broker::ipc::testing
