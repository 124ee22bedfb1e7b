// The administrators' contract, over a real pipe or socket.
#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "broker_service/api/testing/broker_fixture.h"
#include "broker_service/host/platform.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;
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

TEST_F(AdminServiceTest, ListResources_PagesByNameThroughThoseThatFit) {
  for (const char* resource : {"q", "s", "t"}) ASSERT_TRUE(OpenResource(resource).ok());
  ASSERT_TRUE(OpenResource("other", "bad").ok());
  v1::SetResourceLockRequest lock;
  lock.set_resource("t");
  lock.set_locked(true);
  lock.set_reason("test");
  v1::SetResourceLockResponse locked;
  ASSERT_TRUE(admin_->SetResourceLock(Context().get(), lock, &locked).ok());
  v1::ListResourcesRequest list;
  list.set_module("m");
  list.set_page_size(3);
  v1::ListResourcesResponse page;
  ASSERT_TRUE(admin_->ListResources(Context().get(), list, &page).ok());
  ASSERT_THAT(page.resources(), SizeIs(3));
  EXPECT_EQ(page.resources(0).resource(), "q");
  EXPECT_EQ(page.resources(2).resource(), "s");
  list.set_page_token(page.next_page_token());
  ASSERT_TRUE(admin_->ListResources(Context().get(), list, &page).ok());
  ASSERT_THAT(page.resources(), SizeIs(1));
  EXPECT_EQ(page.resources(0).lock_reason(), "test");
  EXPECT_TRUE(page.next_page_token().empty());
  list = {};
  list.set_locked_only(true);
  list.add_states(v1::RESOURCE_OFFLINE);
  ASSERT_TRUE(admin_->ListResources(Context().get(), list, &page).ok());
  EXPECT_THAT(page.resources(), SizeIs(1));
  list.add_states(static_cast<v1::ResourceState>(77));
  EXPECT_EQ(admin_->ListResources(Context().get(), list, &page).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  v1::GetStatusRequest status;
  status.mutable_offer()->set_min_version(1);
  status.mutable_offer()->set_max_version(1);
  status.set_without_resources(true);
  v1::GetStatusResponse answer;
  ASSERT_TRUE(admin_->GetStatus(Context().get(), status, &answer).ok());
  EXPECT_THAT(answer.resources(), SizeIs(0));
  EXPECT_EQ(answer.resources_known(), 5U);
  EXPECT_EQ(answer.component(), "resource_broker " RESOURCE_BROKER_VERSION);
}

TEST_F(AdminServiceTest, GetResource_HasWhatIsUnderWayAndTheNewestEnd) {
  RunToEnd(Operation("r", "done"));
  RunToEnd(Operation("r", "fail"));
  const v1::StartOperationRequest running = Operation("r", "wait");
  v1::StartOperationResponse started;
  ASSERT_TRUE(StartOperation(running, &started).ok());
  const v1::StartOperationRequest waiting = Operation("r", "done");
  ASSERT_TRUE(StartOperation(waiting, &started).ok());
  v1::GetResourceRequest get;
  get.set_resource("r");
  v1::GetResourceResponse response;
  ASSERT_TRUE(admin_->GetResource(Context().get(), get, &response).ok());
  EXPECT_EQ(response.resource().state(), v1::RESOURCE_OFFLINE_PENDING);
  ASSERT_THAT(response.operations(), SizeIs(3));
  EXPECT_EQ(response.operations(0).operation().id(), running.operation().id());
  EXPECT_EQ(response.operations(1).operation().id(), waiting.operation().id());
  EXPECT_EQ(response.operations(2).events(0).kind(), v1::FAILED);
  get.set_resource("nowhere");
  EXPECT_EQ(admin_->GetResource(Context().get(), get, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(AdminServiceTest, CancelledByAnAdministrator_EndsAndIsRecordedWithTheReason) {
  const v1::StartOperationRequest running = Operation("r", "wait");
  v1::StartOperationResponse started;
  ASSERT_TRUE(StartOperation(running, &started).ok());
  v1::AdminCancelOperationRequest cancel;
  cancel.set_operation_id(running.operation().id());
  v1::AdminCancelOperationResponse cancelled;
  EXPECT_EQ(admin_->CancelOperation(Context().get(), cancel, &cancelled).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  cancel.set_reason("stuck");
  ASSERT_TRUE(admin_->CancelOperation(Context().get(), cancel, &cancelled).ok());
  stream_->AwaitOne([](const v1::SessionEvent& event) { return event.operation().event().kind() == v1::CANCELLED; });
  // Nothing happens to one that has ended.
  EXPECT_TRUE(admin_->CancelOperation(Context().get(), cancel, &cancelled).ok());
  cancel.set_operation_id(std::string(16, 'x'));
  EXPECT_EQ(admin_->CancelOperation(Context().get(), cancel, &cancelled).error_code(), grpc::StatusCode::NOT_FOUND);
  const auto records = door_.RecordsOf("Admin.CancelOperation");
  ASSERT_THAT(records, SizeIs(4));
  EXPECT_THAT(records[1].change.after, HasSubstr("stuck"));
  EXPECT_TRUE(records[1].outcome.ok());
  EXPECT_TRUE(absl::IsNotFound(records[3].outcome));
}

TEST_F(AdminServiceTest, WatchFromAMomentWhileOperationsRun_EveryEventComesOnce) {
  constexpr int kThreads = 4;
  constexpr int kEach = 150;
  // Of before the moment, and not wanted.
  RunToEnd(Operation("r", "done"));
  const int64_t from = absl::ToUnixMicros(absl::Now());
  absl::Mutex mu;
  std::set<std::string> ids;
  std::atomic<int> begun{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    const std::string resource = absl::StrCat("w", t);
    ASSERT_TRUE(OpenResource(resource).ok());
    threads.emplace_back([&, resource] {
      for (int i = 0; i < kEach; ++i) {
        const v1::StartOperationRequest request = Operation(resource, "done");
        v1::StartOperationResponse response;
        EXPECT_TRUE(StartOperation(request, &response).ok());
        absl::MutexLock lock(&mu);
        ids.insert(request.operation().id());
        ++begun;
      }
    });
  }
  v1::WatchOperationsRequest request;
  request.set_from_unix_us(from);
  std::vector<std::unique_ptr<WatchReader>> watchers;
  for (int at = 1; at < kThreads * kEach; at += 60) {
    while (begun < at) std::this_thread::yield();
    watchers.push_back(std::make_unique<WatchReader>(admin_.get(), &v1::Admin::Stub::WatchOperations, request));
  }
  for (std::thread& thread : threads) thread.join();
  // And one when all are under way or over.
  watchers.push_back(std::make_unique<WatchReader>(admin_.get(), &v1::Admin::Stub::WatchOperations, request));
  for (const auto& watcher : watchers) {
    size_t ended = 0;
    size_t seen = 0;
    std::map<std::string, uint64_t> last;
    while (ended < ids.size()) {
      const std::vector<v1::WatchedEvent> events = watcher->Await(seen + 1);
      ASSERT_GT(events.size(), seen);
      for (; seen < events.size(); ++seen) {
        const v1::WatchedEvent& event = events[seen];
        ASSERT_EQ(ids.count(event.operation_id()), 1U);
        EXPECT_EQ(event.event().sequence(), ++last[event.operation_id()]);
        if (event.event().has_final()) ++ended;
      }
    }
  }
}

TEST_F(AdminServiceTest, WatchFromAMoment_ObeysResourceAndOperationAndBadOnesAreRefused) {
  ASSERT_TRUE(OpenResource("s").ok());
  const v1::StartOperationRequest first = Operation("r", "done");
  RunToEnd(first);
  RunToEnd(Operation("s", "done"));
  v1::WatchOperationsRequest request;
  request.set_from_unix_us(1);
  request.set_resource("s");
  WatchReader of_resource(admin_.get(), &v1::Admin::Stub::WatchOperations, request);
  for (const v1::WatchedEvent& event :
       of_resource.AwaitOne([](const v1::WatchedEvent& event) { return event.event().has_final(); })) {
    EXPECT_EQ(event.resource(), "s");
  }
  request.clear_resource();
  request.set_operation_id(first.operation().id());
  WatchReader of_one(admin_.get(), &v1::Admin::Stub::WatchOperations, request);
  const auto events = of_one.AwaitOne([](const v1::WatchedEvent& event) { return event.event().has_final(); });
  for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].event().sequence(), i + 1);
  request.set_from_start(true);
  WatchReader both(admin_.get(), &v1::Admin::Stub::WatchOperations, request);
  EXPECT_EQ(both.AwaitEnd().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace resource_broker::broker::testing
