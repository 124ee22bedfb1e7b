// The bridge contract, over a real pipe or socket, with real modules.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "broker_service/api/testing/broker_fixture.h"
#include "broker_service/host/platform.h"
#include "broker_service/journal/journal.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;

class BridgeServiceTest : public BrokerTest {
 protected:
  void SetUp() override {
    Start();
    if (!HasFatalFailure()) OpenSession();
  }
};

TEST_F(BridgeServiceTest, OfflineFromEndToEnd_EveryEventOnceAndInOrder) {
  ASSERT_TRUE(OpenResource("r").ok());
  const std::vector<v1::Event> events = RunToEnd(Operation("r", "done"));
  ASSERT_GE(events.size(), 6U);  // accepted, running, three steps, succeeded
  for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].sequence(), i + 1);
  EXPECT_EQ(events.front().kind(), v1::ACCEPTED);
  EXPECT_EQ(events.back().kind(), v1::SUCCEEDED);
  EXPECT_EQ(events.back().final().state(), v1::RESOURCE_OFFLINE);
  EXPECT_EQ(events.back().final().module(), "m 1.0.0");
}

TEST_F(BridgeServiceTest, HundredResourcesAtOnce_AllEnd) {
  std::vector<v1::StartOperationRequest> requests;
  for (int i = 0; i < 100; ++i) {
    const std::string resource = absl::StrCat("r", i);
    ASSERT_TRUE(OpenResource(resource).ok());
    requests.push_back(Operation(resource, "done"));
  }
  v1::StartOperationResponse response;
  for (const auto& request : requests) ASSERT_TRUE(StartOperation(request, &response).ok());
  for (const auto& request : requests) {
    v1::StartOperationRequest again = request;
    stream_->AwaitOne([&](const v1::SessionEvent& event) {
      return event.operation().operation_id() == request.operation().id() && event.operation().event().has_final();
    });
  }
}

TEST_F(BridgeServiceTest, ResumedAfterTheStreamBroke_NothingIsMissedOrSentTwice) {
  ASSERT_TRUE(OpenResource("r").ok());
  v1::StartOperationRequest request = Operation("r", "wait");
  v1::StartOperationResponse response;
  ASSERT_TRUE(StartOperation(request, &response).ok());
  std::vector<uint64_t> sequences;
  for (const v1::Event& event : response.events()) sequences.push_back(event.sequence());
  OpenSession();  // a new stream; the operation is not on it until it is resumed
  request.set_last_sequence(sequences.back());
  ASSERT_TRUE(StartOperation(request, &response).ok());
  for (const v1::Event& event : response.events()) sequences.push_back(event.sequence());
  v1::CancelOperationRequest cancel;
  cancel.set_session_id(session_);
  cancel.set_operation_id(request.operation().id());
  v1::CancelOperationResponse cancelled;
  ASSERT_TRUE(bridge_->CancelOperation(Context().get(), cancel, &cancelled).ok());
  for (const v1::SessionEvent& event :
       stream_->AwaitOne([](const v1::SessionEvent& told) { return told.operation().event().has_final(); })) {
    if (event.has_operation()) sequences.push_back(event.operation().event().sequence());
  }
  for (size_t i = 0; i < sequences.size(); ++i) EXPECT_EQ(sequences[i], i + 1);
}

TEST_F(BridgeServiceTest, NewerWatch_EndsTheOlderWithAborted) {
  v1::WatchRequest request;
  request.set_session_id(session_);
  SessionReader newer(bridge_.get(), &v1::Bridge::Stub::Watch, request);
  newer.Await(1);
  EXPECT_EQ(stream_->AwaitEnd().error_code(), grpc::StatusCode::ABORTED);
}

TEST_F(BridgeServiceTest, ModuleThatEndsAtOnce_FailedWith1067) {
  ASSERT_TRUE(OpenResource("r", "bad").ok());
  v1::StartOperationRequest request = Operation("r", "done");
  request.mutable_operation()->set_module("bad");
  EXPECT_EQ(RunToEnd(request).back().final().win32_code(), 1067U);
}

TEST_F(BridgeServiceTest, ModuleThatDoesNotExist_FailedWith126) {
  ASSERT_TRUE(OpenResource("r", "nowhere").ok());
  v1::StartOperationRequest request = Operation("r", "done");
  request.mutable_operation()->set_module("nowhere");
  const std::vector<v1::Event> events = RunToEnd(request);
  EXPECT_EQ(events.back().final().win32_code(), 126U);
  EXPECT_THAT(events.back().message(), HasSubstr("nowhere"));
}

TEST_F(BridgeServiceTest, Terminate_EndsWhatRuns) {
  ASSERT_TRUE(OpenResource("r").ok());
  const v1::StartOperationRequest request = Operation("r", "wait");
  v1::StartOperationResponse response;
  ASSERT_TRUE(StartOperation(request, &response).ok());
  stream_->AwaitOne([](const v1::SessionEvent& told) { return told.operation().event().kind() == v1::PROGRESS; });
  v1::TerminateResourceRequest terminate;
  terminate.set_session_id(session_);
  terminate.set_resource("r");
  terminate.set_operation_id(request.operation().id());
  terminate.set_reason("Terminate");
  v1::TerminateResourceResponse terminated;
  ASSERT_TRUE(bridge_->TerminateResource(Context().get(), terminate, &terminated).ok());
  const auto events =
      stream_->AwaitOne([](const v1::SessionEvent& told) { return told.operation().event().has_final(); });
  EXPECT_EQ(events.back().operation().event().kind(), v1::TERMINATED);
  // Idempotent.
  EXPECT_TRUE(bridge_->TerminateResource(Context().get(), terminate, &terminated).ok());
}

TEST_F(BridgeServiceTest, HealthIsAsked_TheModuleAnswers) {
  ASSERT_TRUE(OpenResource("Dead").ok());
  v1::CheckHealthRequest request;
  request.set_session_id(session_);
  request.set_resource("Dead");
  request.set_thorough(true);
  v1::CheckHealthResponse response;
  ASSERT_TRUE(bridge_->CheckHealth(Context().get(), request, &response).ok());
  EXPECT_EQ(response.health(), v1::DEAD);
  EXPECT_EQ(response.message(), "thorough");
}

TEST_F(BridgeServiceTest, HealthOfAModuleThatDoesNotExist_NotFound) {
  ASSERT_TRUE(OpenResource("r", "nowhere").ok());
  v1::CheckHealthRequest request;
  request.set_session_id(session_);
  request.set_resource("r");
  v1::CheckHealthResponse response;
  EXPECT_EQ(bridge_->CheckHealth(Context().get(), request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(BridgeServiceTest, LockToldByTheModule_ReachesTheSessionAndRefusesTheOffline) {
  ASSERT_TRUE(OpenResource("Lock").ok());
  stream_->AwaitOne([](const v1::SessionEvent& told) { return told.lock().locked(); });
  const std::vector<v1::Event> events = RunToEnd(Operation("Lock", "done"));
  EXPECT_EQ(events.back().kind(), v1::REFUSED);
  EXPECT_EQ(events.back().final().state(), v1::RESOURCE_ONLINE);
  EXPECT_EQ(events.back().final().status_flags(), 0x1U);
}

TEST_F(BridgeServiceTest, Control_ReachesTheModule) {
  ASSERT_TRUE(OpenResource("r").ok());
  RunToEnd(Operation("r", "done"));
  v1::ControlResourceRequest request;
  request.set_session_id(session_);
  request.set_resource("r");
  request.mutable_control()->set_code(0x01000005);
  request.mutable_control()->set_out_capacity(0xFFFFFFFF);
  v1::ControlResponse response;
  ASSERT_TRUE(bridge_->ControlResource(Context().get(), request, &response).ok());
  EXPECT_EQ(response.win32_code(), 0U);
}

TEST_F(BridgeServiceTest, ControlOfAType_IsRhsDefault) {
  v1::ControlResourceTypeRequest request;
  request.set_session_id(session_);
  request.set_resource_type("Resource Broker");
  v1::ControlResponse response;
  ASSERT_TRUE(bridge_->ControlResourceType(Context().get(), request, &response).ok());
  EXPECT_EQ(response.win32_code(), 1U);
}

TEST_F(BridgeServiceTest, UnknownSessionOrResource_NotFound) {
  v1::StartOperationRequest request = Operation("r", "done");
  v1::StartOperationResponse response;
  EXPECT_EQ(StartOperation(request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
  ASSERT_TRUE(OpenResource("r").ok());
  request.set_session_id(std::string(16, 'X'));
  const grpc::Status status = StartOperation(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("session"));
}

TEST_F(BridgeServiceTest, SessionOfAnotherProcess_PermissionDenied) {
  v1::OpenSessionRequest request;
  request.mutable_offer()->set_min_version(1);
  request.mutable_offer()->set_max_version(1);
  request.set_session_id(session_);
  request.set_process_id(ProcessId() + 1);
  v1::OpenSessionResponse response;
  EXPECT_EQ(bridge_->OpenSession(Context().get(), request, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(BridgeServiceTest, NoCommonVersion_FailedPreconditionThatNamesBothRanges) {
  v1::OpenSessionRequest request;
  request.mutable_offer()->set_min_version(2);
  request.mutable_offer()->set_max_version(7);
  request.set_session_id(std::string(16, 'X'));
  request.set_process_id(ProcessId());
  v1::OpenSessionResponse response;
  const grpc::Status status = bridge_->OpenSession(Context().get(), request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("2 to 7"));
  EXPECT_THAT(status.error_message(), HasSubstr("1 to 1"));
}

// As a later release would send it: field 100, three bytes.
template <typename Message>
Message WithLaterField(Message message) {
  EXPECT_TRUE(message.MergeFromString("\xA2\x06\x03new"));
  return message;
}

TEST_F(BridgeServiceTest, NewerBridge_IsServedInVersion1AndItsFieldsPassedOver) {
  v1::OpenSessionRequest request;
  request.mutable_offer()->set_min_version(1);
  request.mutable_offer()->set_max_version(5);
  request.mutable_offer()->add_features("teleport");
  *request.mutable_offer() = WithLaterField(request.offer());
  request.set_session_id(session_);
  request.set_process_id(ProcessId());
  v1::OpenSessionResponse response;
  const grpc::Status status = bridge_->OpenSession(Context().get(), WithLaterField(request), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.choice().version(), 1U);
  EXPECT_EQ(response.choice().features_size(), 0);
  ASSERT_TRUE(OpenResource("r").ok());
  v1::StartOperationRequest operation = Operation("r", "done");
  *operation.mutable_operation() = WithLaterField(operation.operation());
  EXPECT_EQ(RunToEnd(WithLaterField(operation)).back().kind(), v1::SUCCEEDED);
}

TEST_F(BridgeServiceTest, KindOfOperationOfALaterRelease_InvalidArgumentThatNamesTheField) {
  ASSERT_TRUE(OpenResource("r").ok());
  v1::StartOperationResponse response;
  const grpc::Status status = StartOperation(Operation("r", "done", static_cast<v1::OperationKind>(77)), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("operation.kind"));
}

TEST_F(BridgeServiceTest, ResourceOpenedByAnotherSession_MovesThere) {
  ASSERT_TRUE(OpenResource("r").ok());
  const std::string old = session_;
  session_ = std::string(16, 'T');
  const auto old_stream = std::move(stream_);
  OpenSession();
  ASSERT_TRUE(OpenResource("r").ok());
  EXPECT_EQ(RunToEnd(Operation("r", "done")).back().kind(), v1::SUCCEEDED);
  v1::StartOperationRequest request = Operation("r", "done");
  request.set_session_id(old);
  v1::StartOperationResponse response;
  EXPECT_EQ(StartOperation(request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(BridgeServiceTest, SessionCloses_ItsStreamEndsAndItsOperationStaysKnown) {
  ASSERT_TRUE(OpenResource("r").ok());
  const v1::StartOperationRequest request = Operation("r", "wait");
  v1::StartOperationResponse response;
  ASSERT_TRUE(StartOperation(request, &response).ok());
  v1::CloseSessionRequest close;
  close.set_session_id(session_);
  v1::CloseSessionResponse closed;
  ASSERT_TRUE(bridge_->CloseSession(Context().get(), close, &closed).ok());
  EXPECT_EQ(stream_->AwaitEnd().error_code(), grpc::StatusCode::NOT_FOUND);
  v1::GetOperationRequest get;
  get.set_operation_id(request.operation().id());
  v1::OperationRecord record;
  ASSERT_TRUE(admin_->GetOperation(Context().get(), get, &record).ok());
  EXPECT_FALSE(IsFinal(record.events().rbegin()->kind()));
}

TEST_F(BridgeServiceTest, BrokerStops_StreamsEndUnavailableWithinTheTime) {
  ASSERT_TRUE(OpenResource("r").ok());
  v1::StartOperationResponse response;
  ASSERT_TRUE(StartOperation(Operation("r", "wait"), &response).ok());
  const absl::Time begin = absl::Now();
  broker_->Stop();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(15));
  EXPECT_EQ(stream_->AwaitEnd().error_code(), grpc::StatusCode::UNAVAILABLE);
  broker_ = nullptr;
}

}  // namespace
}  // namespace resource_broker::broker::testing
