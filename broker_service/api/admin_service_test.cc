// The administrators' contract, over a real pipe or socket.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "broker_service/api/testing/broker_fixture.h"
#include "broker_service/host/platform.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::SizeIs;

class AdminServiceTest : public BrokerTest {
 protected:
  void SetUp() override {
    Start();
    if (!HasFatalFailure()) OpenSession();
    ASSERT_TRUE(OpenResource("r").ok());
  }
};

TEST_F(AdminServiceTest, Status_TellsSessionsResourcesModulesAndCounts) {
  RunToEnd(Operation("r", "done"));
  const v1::GetStatusResponse status = GetStatus();
  EXPECT_EQ(status.choice().component(), "resource_broker");
  EXPECT_EQ(status.process_id(), ProcessId());
  EXPECT_FALSE(status.node().empty());
  ASSERT_THAT(status.sessions(), SizeIs(1));
  EXPECT_EQ(status.sessions(0).resources(), 1U);
  EXPECT_TRUE(status.sessions(0).connected());
  EXPECT_EQ(status.sessions(0).node(), "NODE1");
  ASSERT_THAT(status.resources(), SizeIs(1));
  EXPECT_EQ(status.resources(0).state(), v1::RESOURCE_OFFLINE);
  EXPECT_TRUE(status.resources(0).open());
  ASSERT_THAT(status.modules(), SizeIs(2));
  EXPECT_EQ(status.modules(0).name(), "bad");
  EXPECT_EQ(status.modules(0).state(), v1::ModuleStatus::STOPPED);
  EXPECT_EQ(status.modules(1).name(), "m");
  EXPECT_EQ(status.modules(1).version(), "1.0.0");
  EXPECT_EQ(status.modules(1).state(), v1::ModuleStatus::READY);
  EXPECT_EQ(status.operations_ended(), 1U);
}

TEST_F(AdminServiceTest, ListOperations_PagesAndTellsNoContent) {
  for (int i = 0; i < 5; ++i) {
    v1::StartOperationRequest request = Operation("r", "done");
    request.mutable_operation()->set_in_buffer("secret");
    RunToEnd(request);
  }
  v1::ListOperationsRequest list;
  list.set_page_size(3);
  v1::ListOperationsResponse page;
  ASSERT_TRUE(admin_->ListOperations(Context().get(), list, &page).ok());
  EXPECT_THAT(page.operations(), SizeIs(3));
  EXPECT_EQ(page.operations(0).in_buffer_bytes(), 6U);
  EXPECT_EQ(page.SerializeAsString().find("secret"), std::string::npos);
  EXPECT_TRUE(page.operations(0).operation().properties().empty());
  list.set_page_token(page.next_page_token());
  ASSERT_TRUE(admin_->ListOperations(Context().get(), list, &page).ok());
  EXPECT_THAT(page.operations(), SizeIs(2));
  EXPECT_TRUE(page.next_page_token().empty());
}

TEST_F(AdminServiceTest, BadRequests_AreRefusedByField) {
  v1::ListOperationsRequest list;
  list.set_page_size(1001);
  v1::ListOperationsResponse page;
  EXPECT_EQ(admin_->ListOperations(Context().get(), list, &page).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  list.set_page_size(1);
  list.set_page_token("x");
  EXPECT_EQ(admin_->ListOperations(Context().get(), list, &page).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  v1::GetOperationRequest get;
  v1::OperationRecord record;
  EXPECT_EQ(admin_->GetOperation(Context().get(), get, &record).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  get.set_operation_id(std::string(16, 'x'));
  EXPECT_EQ(admin_->GetOperation(Context().get(), get, &record).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(AdminServiceTest, WatchOperations_SeesTheWholeStory) {
  v1::WatchOperationsRequest request;
  request.set_resource("r");
  request.set_from_start(true);
  const v1::StartOperationRequest operation = Operation("r", "wait");
  v1::StartOperationResponse response;
  ASSERT_TRUE(StartOperation(operation, &response).ok());
  WatchReader watch(admin_.get(), &v1::Admin::Stub::WatchOperations, request);
  watch.AwaitOne([](const v1::WatchedEvent& event) { return event.event().kind() == v1::PROGRESS; });
  v1::CancelOperationRequest cancel;
  cancel.set_session_id(session_);
  cancel.set_operation_id(operation.operation().id());
  v1::CancelOperationResponse cancelled;
  ASSERT_TRUE(bridge_->CancelOperation(Context().get(), cancel, &cancelled).ok());
  const auto events = watch.AwaitOne([](const v1::WatchedEvent& event) { return event.event().has_final(); });
  for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].event().sequence(), i + 1);
  EXPECT_EQ(events.back().event().kind(), v1::CANCELLED);
  EXPECT_EQ(events.back().kind(), v1::OFFLINE);
}

TEST_F(AdminServiceTest, WatchOfAnUnknownOperation_NotFound) {
  v1::WatchOperationsRequest request;
  request.set_operation_id(std::string(16, 'x'));
  WatchReader watch(admin_.get(), &v1::Admin::Stub::WatchOperations, request);
  EXPECT_EQ(watch.AwaitEnd().error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace resource_broker::broker::testing
