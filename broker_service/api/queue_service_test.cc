// Pause, resume and limits, over a real socket and a real journal.
#include "broker_service/api/testing/broker_fixture.h"
#include "resource_broker/v1/queue.grpc.pb.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr uint32_t kQueueEnabled = 0x04;

class QueueServiceTest : public BrokerTest {
 protected:
  void Begin() {
    Start();
    ASSERT_FALSE(HasFatalFailure());
    queue_ = v1::Queue::NewStub(admin_channel_);
    OpenSession();
    for (const char* resource : {"a", "b", "c"}) ASSERT_TRUE(OpenResource(resource).ok());
  }
  grpc::Status Pause(const std::string& reason) {
    v1::PauseQueueRequest request;
    request.set_reason(reason);
    return queue_->PauseQueue(Context().get(), request, &status_);
  }
  v1::StartOperationRequest Queueing(const std::string& resource, const std::string& action = "done") {
    v1::StartOperationRequest request = Operation(resource, action);
    request.mutable_operation()->set_flags(kQueueEnabled);
    return request;
  }
  v1::EventKind LastOf(const v1::StartOperationRequest& request) {
    v1::GetOperationRequest get;
    get.set_operation_id(request.operation().id());
    v1::OperationRecord record;
    EXPECT_TRUE(admin_->GetOperation(Context().get(), get, &record).ok());
    return record.events_size() == 0 ? v1::EVENT_KIND_UNSPECIFIED : record.events().rbegin()->kind();
  }
  // The first event of that kind of an operation, as the session hears of it.
  void AwaitEvent(const v1::StartOperationRequest& request, v1::EventKind kind) {
    stream_->AwaitOne([&](const v1::SessionEvent& event) {
      return event.operation().operation_id() == request.operation().id() && event.operation().event().kind() == kind;
    });
  }

  std::unique_ptr<v1::Queue::Stub> queue_;
  v1::QueueStatus status_;
};

TEST_F(QueueServiceTest, PausedBrokerIsRestarted_WhatWaitsGoesOnOnlyWhenItIsResumed) {
  Begin();
  ASSERT_TRUE(Pause("maintenance").ok());
  EXPECT_TRUE(status_.paused());
  EXPECT_GT(status_.paused_unix_us(), 0);
  const v1::StartOperationRequest waiting = Queueing("a");
  v1::StartOperationResponse response;
  ASSERT_TRUE(StartOperation(waiting, &response).ok());
  EXPECT_EQ(response.events().rbegin()->kind(), v1::QUEUED);
  EXPECT_THAT(response.events().rbegin()->message(), HasSubstr("maintenance"));
  EXPECT_EQ(RunToEnd(Operation("b", "done")).back().final().win32_code(), 5960U);
  Stop();
  Begin();
  const v1::GetStatusResponse status = GetStatus();
  EXPECT_TRUE(status.queue_paused());
  EXPECT_EQ(status.pause_reason(), "maintenance");
  EXPECT_EQ(LastOf(waiting), v1::QUEUED);
  ASSERT_TRUE(queue_->ResumeQueue(Context().get(), {}, &status_).ok());
  EXPECT_FALSE(status_.paused());
  v1::StartOperationRequest again = waiting;
  again.set_last_sequence(2);
  EXPECT_EQ(RunToEnd(again).back().kind(), v1::SUCCEEDED);
  Stop();
  Begin();
  EXPECT_FALSE(GetStatus().queue_paused());
}

TEST_F(QueueServiceTest, LimitRaised_TheNextBegins) {
  config_.mutable_limits()->set_max_running_operations(1);
  Begin();
  v1::StartOperationResponse response;
  const v1::StartOperationRequest first = Queueing("a", "wait");
  const v1::StartOperationRequest second = Queueing("b");
  ASSERT_TRUE(StartOperation(first, &response).ok());
  ASSERT_TRUE(StartOperation(second, &response).ok());
  EXPECT_EQ(response.events().rbegin()->kind(), v1::QUEUED);
  v1::SetQueueLimitsRequest limits;
  limits.mutable_limits()->set_max_running_operations(2);
  ASSERT_TRUE(queue_->SetQueueLimits(Context().get(), limits, &status_).ok());
  EXPECT_TRUE(status_.limits_overridden());
  EXPECT_EQ(status_.limits().max_running_operations(), 2U);
  AwaitEvent(second, v1::SUCCEEDED);
  ASSERT_TRUE(queue_->GetQueue(Context().get(), {}, &status_).ok());
  EXPECT_EQ(status_.running(), 1U);
  ASSERT_THAT(status_.modules(), SizeIs(1));
  EXPECT_EQ(status_.modules(0).name(), "m");
  ASSERT_TRUE(queue_->SetQueueLimits(Context().get(), {}, &status_).ok());
  EXPECT_EQ(status_.limits().max_running_operations(), 1U);
  const auto records = door_.RecordsOf("Queue.SetQueueLimits");
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_THAT(records[0].change.before, HasSubstr("1 in all"));
  EXPECT_THAT(records[0].change.after, HasSubstr("2 in all"));
}

TEST_F(QueueServiceTest, BadArguments_AreRefusedByFieldAndRecorded) {
  Begin();
  EXPECT_THAT(Pause("").error_message(), HasSubstr("reason"));
  EXPECT_EQ(Pause(std::string(1025, 'x')).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  v1::SetQueueLimitsRequest limits;
  limits.mutable_limits()->set_max_running_per_module(100001);
  EXPECT_THAT(queue_->SetQueueLimits(Context().get(), limits, &status_).error_message(),
              HasSubstr("limits.max_running_per_module"));
  EXPECT_THAT(door_.RecordsOf("Queue.PauseQueue"), SizeIs(2));
  ASSERT_THAT(door_.RecordsOf("Queue.SetQueueLimits"), SizeIs(1));
  EXPECT_TRUE(absl::IsInvalidArgument(door_.RecordsOf("Queue.SetQueueLimits")[0].outcome));
  EXPECT_FALSE(GetStatus().queue_paused());
}

}  // namespace
}  // namespace resource_broker::broker::testing
