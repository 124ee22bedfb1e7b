// Drains and logs of modules, over a real socket and with real processes.
#include <algorithm>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "broker_service/api/testing/broker_fixture.h"
#include "resource_broker/v1/modules.grpc.pb.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

using LogReader = StreamReader<v1::LogLines>;

class ModulesServiceTest : public BrokerTest {
 protected:
  void SetUp() override {
    config_.mutable_limits()->set_max_stream_backlog(100000);
    Start();
    ASSERT_FALSE(HasFatalFailure());
    modules_ = v1::Modules::NewStub(admin_channel_);
    OpenSession();
    for (const char* resource : {"a", "b"}) ASSERT_TRUE(OpenResource(resource).ok());
  }
  uint32_t ModuleProcess() {
    const v1::GetStatusResponse status = GetStatus();
    for (const v1::ModuleStatus& module : status.modules()) {
      if (module.name() == "m") return module.process_id();
    }
    return 0;
  }
  grpc::Status Drain(v1::DrainModuleResponse* response, uint32_t limit_ms = 0, const std::string& module = "m") {
    v1::DrainModuleRequest request;
    request.set_module(module);
    request.set_limit_ms(limit_ms);
    return modules_->DrainModule(Context().get(), request, response);
  }
  void Cancel(const v1::StartOperationRequest& request) {
    v1::CancelOperationRequest cancel;
    cancel.set_session_id(session_);
    cancel.set_operation_id(request.operation().id());
    v1::CancelOperationResponse response;
    EXPECT_TRUE(bridge_->CancelOperation(Context().get(), cancel, &response).ok());
  }
  void AwaitEvent(const v1::StartOperationRequest& request, v1::EventKind kind) {
    stream_->AwaitOne([&](const v1::SessionEvent& event) {
      return event.operation().operation_id() == request.operation().id() && event.operation().event().kind() == kind;
    });
  }
  // One that waits, as all do from the moment a drain has begun.
  v1::StartOperationRequest StartUntilItWaits(const std::string& resource) {
    while (true) {
      const v1::StartOperationRequest request = Operation(resource, "done");
      v1::StartOperationResponse response;
      EXPECT_TRUE(StartOperation(request, &response).ok());
      if (response.events_size() == 0) return request;
      if (response.events().rbegin()->kind() == v1::QUEUED) {
        EXPECT_THAT(response.events().rbegin()->message(), HasSubstr("drained"));
        return request;
      }
      AwaitEvent(request, v1::SUCCEEDED);
    }
  }
  v1::OperationRecord RecordOf(const v1::StartOperationRequest& request) {
    v1::GetOperationRequest get;
    get.set_operation_id(request.operation().id());
    v1::OperationRecord record;
    EXPECT_TRUE(admin_->GetOperation(Context().get(), get, &record).ok());
    return record;
  }

  std::unique_ptr<v1::Modules::Stub> modules_;
};

TEST_F(ModulesServiceTest, DrainedWhileOneRunsAndOneWaits_TheFirstEndsAndTheOtherRunsInANewProcess) {
  const v1::StartOperationRequest running = Operation("a", "wait");
  v1::StartOperationResponse response;
  ASSERT_TRUE(StartOperation(running, &response).ok());
  AwaitEvent(running, v1::PROGRESS);
  const uint32_t before = ModuleProcess();
  ASSERT_NE(before, 0U);
  v1::DrainModuleResponse drained;
  grpc::Status status;
  std::thread drain([&] { status = Drain(&drained); });
  const v1::StartOperationRequest waiting = StartUntilItWaits("b");
  EXPECT_EQ(ModuleProcess(), before);
  Cancel(running);
  AwaitEvent(running, v1::CANCELLED);
  drain.join();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(drained.processes(), 1U);
  AwaitEvent(waiting, v1::SUCCEEDED);
  const uint32_t after = ModuleProcess();
  EXPECT_NE(after, 0U);
  EXPECT_NE(after, before);
  const v1::OperationRecord record = RecordOf(waiting);
  EXPECT_EQ(record.events().rbegin()->attempt(), 1U);
  ASSERT_THAT(door_.RecordsOf("Modules.DrainModule"), SizeIs(1));
}

TEST_F(ModulesServiceTest, DrainThatTakesTooLong_TheModuleServesAsBefore) {
  const v1::StartOperationRequest running = Operation("a", "wait");
  v1::StartOperationResponse response;
  ASSERT_TRUE(StartOperation(running, &response).ok());
  AwaitEvent(running, v1::PROGRESS);
  const uint32_t before = ModuleProcess();
  v1::DrainModuleResponse drained;
  EXPECT_EQ(Drain(&drained, 50).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(RunToEnd(Operation("b", "done")).back().kind(), v1::SUCCEEDED);
  EXPECT_EQ(ModuleProcess(), before);
  Cancel(running);
  AwaitEvent(running, v1::CANCELLED);
  ASSERT_TRUE(Drain(&drained).ok());
}

TEST_F(ModulesServiceTest, DrainOfWhatDoesNotRunOrIsNotThere_IsDoneOrNotFound) {
  v1::DrainModuleResponse drained;
  ASSERT_TRUE(Drain(&drained, 0, "bad").ok());
  EXPECT_EQ(drained.processes(), 0U);
  EXPECT_EQ(Drain(&drained, 0, "nowhere").error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Drain(&drained, 0, "No Name").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Drain(&drained, 86400001).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(door_.RecordsOf("Modules.DrainModule"), SizeIs(4));
}

TEST_F(ModulesServiceTest, DrainWhileAnotherIsUnderWay_FailedPrecondition) {
  const v1::StartOperationRequest running = Operation("a", "wait");
  v1::StartOperationResponse response;
  ASSERT_TRUE(StartOperation(running, &response).ok());
  AwaitEvent(running, v1::PROGRESS);
  const auto context = Context();
  grpc::Status first;
  v1::DrainModuleRequest request;
  request.set_module("m");
  v1::DrainModuleResponse drained;
  std::thread drain([&] { first = modules_->DrainModule(context.get(), request, &drained); });
  const v1::StartOperationRequest waiting = StartUntilItWaits("b");
  v1::DrainModuleResponse unused;
  EXPECT_EQ(Drain(&unused).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  // Its caller goes away, and the module serves again.
  context->TryCancel();
  drain.join();
  EXPECT_EQ(first.error_code(), grpc::StatusCode::CANCELLED);
  AwaitEvent(waiting, v1::SUCCEEDED);
}

TEST_F(ModulesServiceTest, LogFollowedOverItsRotation_EveryLineComesOnceAndInOrder) {
  RunToEnd(Operation("a", "done"));
  v1::ReadModuleLogRequest request;
  request.set_module("m");
  request.set_tail(10);
  request.set_follow(true);
  LogReader log(modules_.get(), &v1::Modules::Stub::ReadModuleLog, request);
  EXPECT_THAT(log.Await(1).at(0).lines(0), HasSubstr("version 1.0.0 started"));
  // 6 MB: more than one file holds.
  RunToEnd(Operation("a", "chat"));
  const auto has = [](const char* end) {
    return [end](const v1::LogLines& message) {
      return std::any_of(message.lines().begin(), message.lines().end(),
                         [end](const std::string& line) { return absl::EndsWith(line, end); });
    };
  };
  log.AwaitOne(has("x 5998"));
  const auto messages = log.AwaitOne(has("x 5999"));
  int out = 0;
  int err = 1;
  for (const v1::LogLines& message : messages) {
    for (const std::string& line : message.lines()) {
      if (!absl::StrContains(line, "xxx")) continue;
      int& next = absl::StrContains(line, "] out ") ? out : err;
      EXPECT_TRUE(absl::EndsWith(line, absl::StrCat(" ", next))) << line.substr(line.size() - 20) << " where " << next;
      next += 2;
    }
  }
  EXPECT_EQ(out, 6000);
  EXPECT_EQ(err, 6001);
  EXPECT_TRUE(
      std::filesystem::exists(std::filesystem::u8path(config_.data_directory()) / "logs" / "modules" / "m.1.log"));
}

TEST_F(ModulesServiceTest, TailWithoutFollow_GivesTheNewestLinesAndEnds) {
  RunToEnd(Operation("a", "chat"));
  v1::DrainModuleResponse drained;
  ASSERT_TRUE(Drain(&drained).ok());
  v1::ReadModuleLogRequest request;
  request.set_module("m");
  request.set_tail(5000);
  LogReader log(modules_.get(), &v1::Modules::Stub::ReadModuleLog, request);
  EXPECT_TRUE(log.AwaitEnd().ok());
  int lines = 0;
  for (const v1::LogLines& message : log.Await(1)) lines += message.lines_size();
  // More than the newer of the two files has.
  EXPECT_EQ(lines, 5000);
  request.set_tail(1);
  LogReader last(modules_.get(), &v1::Modules::Stub::ReadModuleLog, request);
  EXPECT_TRUE(last.AwaitEnd().ok());
  EXPECT_THAT(last.Await(1).at(0).lines(), SizeIs(1));
  request.set_module("nowhere");
  LogReader missing(modules_.get(), &v1::Modules::Stub::ReadModuleLog, request);
  EXPECT_EQ(missing.AwaitEnd().error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace resource_broker::broker::testing
