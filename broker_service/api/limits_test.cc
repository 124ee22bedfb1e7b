// Limits, and peers that do not behave.
#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "broker_service/api/testing/broker_fixture.h"
#include "broker_service/host/platform.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;

using ApiLimitsTest = BrokerTest;

TEST_F(ApiLimitsTest, LargestInBuffer_ArrivesAndOneByteMoreIsRefused) {
  config_.mutable_limits()->set_max_in_buffer_bytes(3 << 20);
  Start();
  OpenSession();
  ASSERT_TRUE(OpenResource("r").ok());
  v1::StartOperationRequest request = Operation("r", "done");
  request.mutable_operation()->set_in_buffer(std::string(3 << 20, 'x'));
  EXPECT_EQ(RunToEnd(request).back().kind(), v1::SUCCEEDED);
  request = Operation("r", "done");
  request.mutable_operation()->set_in_buffer(std::string((3 << 20) + 1, 'x'));
  v1::StartOperationResponse response;
  const grpc::Status status = StartOperation(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("operation.in_buffer"));
}

TEST_F(ApiLimitsTest, MoreSessionsThanAllowed_ResourceExhausted) {
  config_.mutable_limits()->set_max_sessions(1);
  Start();
  OpenSession();
  v1::OpenSessionRequest request;
  request.mutable_offer()->set_min_version(1);
  request.mutable_offer()->set_max_version(1);
  request.set_session_id(std::string(16, 'X'));
  request.set_process_id(ProcessId());
  v1::OpenSessionResponse response;
  const grpc::Status status = bridge_->OpenSession(Context().get(), request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("max_sessions"));
  OpenSession();  // the one that is open may open again
}

TEST_F(ApiLimitsTest, SessionWithoutAConnection_EndsAfterTheGrace) {
  config_.mutable_timeouts()->set_session_grace_ms(50);
  Start();
  OpenSession();
  stream_ = nullptr;
  const absl::Time deadline = absl::Now() + kPatience;
  while (GetStatus().sessions_size() > 0) ASSERT_LT(absl::Now(), deadline);
}

TEST_F(ApiLimitsTest, BridgeReadsTooSlowly_LosesTheStreamAndResumes) {
  config_.mutable_limits()->set_max_stream_backlog(16);
  config_.mutable_timeouts()->set_stream_end_ms(absl::ToInt64Milliseconds(kPatience));
  Start();
  OpenSession();
  constexpr int kResources = 40;
  for (int i = 0; i < kResources; ++i) ASSERT_TRUE(OpenResource(absl::StrCat("r", i)).ok());
  std::vector<v1::StartOperationRequest> requests;
  {
    absl::MutexLock pause(stream_->pause());
    for (int round = 0; round < 20; ++round) {
      for (int i = 0; i < kResources; ++i) {
        // With messages so long that the connection's own windows can't take them all.
        requests.push_back(Operation(absl::StrCat("r", i), "long"));
        v1::StartOperationResponse response;
        ASSERT_TRUE(StartOperation(requests.back(), &response).ok());
      }
    }
    // All have ended, as the administrators see it.
    const absl::Time deadline = absl::Now() + kPatience;
    while (GetStatus().operations_ended() < requests.size()) ASSERT_LT(absl::Now(), deadline);
  }
  EXPECT_EQ(stream_->AwaitEnd().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  OpenSession();
  for (v1::StartOperationRequest& request : requests) {
    v1::StartOperationResponse response;
    ASSERT_TRUE(StartOperation(request, &response).ok());
    EXPECT_EQ(response.events().rbegin()->kind(), v1::SUCCEEDED);
  }
}

TEST_F(ApiLimitsTest, PastIsReadSlowly_NothingIsHeldForItAndAllOfItArrives) {
  config_.mutable_limits()->set_max_stream_backlog(16);
  Start();
  OpenSession();
  constexpr int kOperations = 400;
  ASSERT_TRUE(OpenResource("r").ok());
  for (int i = 0; i < kOperations; ++i) RunToEnd(Operation("r", "long"));
  v1::WatchOperationsRequest request;
  request.set_from_unix_us(1);
  std::unique_ptr<WatchReader> watcher;
  {
    watcher = std::make_unique<WatchReader>(admin_.get(), &v1::Admin::Stub::WatchOperations, request);
    absl::MutexLock pause(watcher->pause());
    // More than it may lag behind happens while it reads nothing: it is not told of it yet.
    for (int i = 0; i < 20; ++i) RunToEnd(Operation("r", "long"));
  }
  std::map<std::string, uint64_t> last;
  size_t ended = 0;
  for (size_t seen = 0; ended < kOperations + 20;) {
    const std::vector<v1::WatchedEvent> events = watcher->Await(seen + 1);
    ASSERT_GT(events.size(), seen);
    for (; seen < events.size(); ++seen) {
      EXPECT_EQ(events[seen].event().sequence(), ++last[events[seen].operation_id()]);
      if (events[seen].event().has_final()) ++ended;
    }
  }
}

TEST_F(ApiLimitsTest, ModuleFloodsItsProgress_HistoryStaysSmallAndOthersAreServed) {
  Start();
  OpenSession();
  ASSERT_TRUE(OpenResource("flooded").ok());
  ASSERT_TRUE(OpenResource("r").ok());
  v1::StartOperationResponse response;
  const v1::StartOperationRequest flood = Operation("flooded", "flood");
  ASSERT_TRUE(StartOperation(flood, &response).ok());
  EXPECT_EQ(RunToEnd(Operation("r", "done")).back().kind(), v1::SUCCEEDED);
  stream_->AwaitOne([&](const v1::SessionEvent& event) {
    return event.operation().operation_id() == flood.operation().id() && event.operation().event().has_final();
  });
  v1::GetOperationRequest get;
  get.set_operation_id(flood.operation().id());
  v1::OperationRecord record;
  ASSERT_TRUE(admin_->GetOperation(Context().get(), get, &record).ok());
  EXPECT_LT(record.events_size(), 3000);
  EXPECT_EQ(record.events().rbegin()->kind(), v1::SUCCEEDED);
  EXPECT_EQ(record.events().rbegin()->checkpoint(), 20000U);
}

TEST_F(ApiLimitsTest, ModuleHangsInTerminate_CountedAsSlowWhileItHangs) {
  config_.mutable_timeouts()->set_slow_step_ms(50);
  config_.mutable_timeouts()->set_module_terminate_ms(2000);
  Start();
  OpenSession();
  ASSERT_TRUE(OpenResource("Stuck").ok());
  v1::StartOperationResponse response;
  ASSERT_TRUE(StartOperation(Operation("Stuck", "hang"), &response).ok());
  v1::TerminateResourceRequest terminate;
  terminate.set_session_id(session_);
  terminate.set_resource("Stuck");
  v1::TerminateResourceResponse terminated;
  std::atomic<bool> answered = false;
  std::thread caller([&] {
    EXPECT_TRUE(bridge_->TerminateResource(Context().get(), terminate, &terminated).ok());
    answered = true;
  });
  const absl::Time deadline = absl::Now() + kPatience;
  while (absl::Now() < deadline && !GetStatus().slow_steps().contains("module.terminate")) {
  }
  EXPECT_FALSE(answered);
  caller.join();
  EXPECT_GE(GetStatus().slow_steps().at("module.terminate"), 1U);
}

}  // namespace
}  // namespace resource_broker::broker::testing
