#include "resource_modules/sdk/module_service.h"

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"

namespace resource_broker::sdk {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr seconds kLongEnough(20);

// Does what its resource's property Do says.
class ScriptedModule final : public Module {
 public:
  Result Online(Operation& operation) override { return Run(operation); }
  Result Offline(Operation& operation) override { return Run(operation); }
  void Terminate(const Resource& resource) override { terminated_.push_back(resource.name); }
  HealthReport CheckHealth(const Resource& resource, bool thorough) override {
    if (resource.properties.Has("Throw")) throw std::runtime_error("no pulse");
    return {thorough ? Health::kDead : Health::kAlive, resource.type};
  }
  absl::Status Open(const Resource& resource, uint32_t /*open_flags*/) override {
    return resource.properties.Text("Do").status();
  }
  void Close(const Resource& resource) override { closed_.push_back(resource.name); }
  ControlResult Control(const ControlCall& call) override {
    return {0, call.resource == nullptr ? call.resource_type : call.in.value_or("null")};
  }

  using Module::SetHealth;

  Result Run(Operation& operation) {
    std::string what = operation.properties().Text("Do", "").value();
    if (what == "throw") throw std::runtime_error("out of cheese");
    if (what == "throw-number") throw 42;  // NOLINT: on purpose not an exception
    if (what == "wait") {
      operation.Report("waiting");
      return operation.WaitForCancel(kLongEnough) ? Result::Cancelled() : Result::Done();
    }
    if (what == "hang") {
      operation.Report("hanging");
      hang_.WaitForNotification();
    }
    if (what == "steps") {
      for (int i = 1; i <= 5; ++i) operation.Report(absl::StrCat("step ", i));
    }
    return Result::Done();
  }

  absl::Notification hang_;
  std::vector<std::string> terminated_;
  std::vector<std::string> closed_;
};

class ModuleServiceTest : public ::testing::Test {
 protected:
  ModuleServiceTest() {
    ModuleService::Options options;
    options.name = "scripted";
    options.version = "1.2.3";
    options.terminate_timeout = milliseconds(100);
    options.stop_cancel_timeout = milliseconds(5000);
    service_ = std::make_unique<ModuleService>(options, &module_);
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::ResourceModule::NewStub(server_->InProcessChannel({}));
  }

  ~ModuleServiceTest() override {
    if (!module_.hang_.HasBeenNotified()) module_.hang_.Notify();
    service_->Finish(milliseconds(0));
    server_->Shutdown(std::chrono::system_clock::now() + kLongEnough);
  }

  static std::unique_ptr<grpc::ClientContext> Context() {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + kLongEnough);
    return context;
  }

  v1::ExecuteRequest Request(const std::string& what, const std::string& resource = "r1") {
    v1::ExecuteRequest request;
    request.set_attempt(1);
    request.mutable_operation()->set_id(std::string(15, 'x') + static_cast<char>(++last_id_));
    request.mutable_operation()->set_kind(v1::ONLINE);
    request.mutable_operation()->set_resource(resource);
    (*request.mutable_operation()->mutable_properties())["Do"].set_text(what);
    return request;
  }

  struct Run {
    grpc::Status status;
    std::vector<uint64_t> steps;
    v1::ExecuteEvent last;
  };

  Run Execute(const v1::ExecuteRequest& request) {
    auto context = Context();
    auto stream = stub_->Execute(context.get(), request);
    Run run;
    for (v1::ExecuteEvent step; stream->Read(&step); run.last = step) run.steps.push_back(step.step());
    run.status = stream->Finish();
    return run;
  }

  grpc::Status TerminateResource(const std::string& resource) {
    v1::ModuleTerminateRequest request;
    request.set_resource(resource);
    v1::ModuleTerminateResponse response;
    return stub_->Terminate(Context().get(), request, &response);
  }

  grpc::Status CheckHealth(const std::string& resource, bool thorough, v1::ModuleCheckHealthResponse* response) {
    v1::ModuleCheckHealthRequest request;
    request.set_resource(resource);
    request.set_thorough(thorough);
    return stub_->CheckHealth(Context().get(), request, response);
  }

  ScriptedModule module_;
  std::unique_ptr<ModuleService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::ResourceModule::Stub> stub_;
  int last_id_ = 0;
};

TEST_F(ModuleServiceTest, Hello_ChoosesTheHighestCommonVersionAndSaysWhoItIs) {
  v1::HelloRequest request;
  request.mutable_offer()->set_min_version(1);
  request.mutable_offer()->set_max_version(9);
  v1::HelloResponse response;
  ASSERT_TRUE(stub_->Hello(Context().get(), request, &response).ok());
  EXPECT_EQ(response.choice().version(), 1);
  EXPECT_EQ(response.choice().component(), "scripted");
  EXPECT_EQ(response.choice().component_version(), "1.2.3");
  EXPECT_NE(response.process_id(), 0);
}

TEST_F(ModuleServiceTest, HelloOfALaterBroker_ItsFeaturesAndFieldsArePassedOver) {
  v1::HelloRequest request;
  request.mutable_offer()->set_min_version(1);
  request.mutable_offer()->set_max_version(5);
  request.mutable_offer()->add_features("teleport");
  ASSERT_TRUE(request.MergeFromString("\xA2\x06\x03new"));  // field 100
  v1::HelloResponse response;
  ASSERT_TRUE(stub_->Hello(Context().get(), request, &response).ok());
  EXPECT_EQ(response.choice().version(), 1);
  EXPECT_EQ(response.choice().features_size(), 0);
  v1::ExecuteRequest execute = Request("");
  ASSERT_TRUE(execute.mutable_operation()->MergeFromString("\xA2\x06\x03new"));
  EXPECT_EQ(Execute(execute).last.result().outcome(), v1::DONE);
}

TEST_F(ModuleServiceTest, HelloWithoutACommonVersion_NamesBothRanges) {
  v1::HelloRequest request;
  request.mutable_offer()->set_min_version(2);
  request.mutable_offer()->set_max_version(3);
  v1::HelloResponse response;
  grpc::Status status = stub_->Hello(Context().get(), request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("offered 2 to 3, this module speaks 1 to 1"));
  request.mutable_offer()->set_min_version(0);
  EXPECT_EQ(stub_->Hello(Context().get(), request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ModuleServiceTest, MalformedExecute_IsRefusedAndTheFieldNamed) {
  auto expect = [&](const v1::ExecuteRequest& request, const std::string& field) {
    Run run = Execute(request);
    EXPECT_EQ(run.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(run.status.error_message(), HasSubstr(field));
  };
  v1::ExecuteRequest request = Request("");
  request.mutable_operation()->set_id("short");
  expect(request, "operation.id");
  request = Request("");
  request.mutable_operation()->set_kind(static_cast<v1::OperationKind>(7));
  expect(request, "operation.kind");
  request = Request("");
  request.mutable_operation()->set_destination_node("NODE2");
  expect(request, "destination_node");
  request = Request("", std::string(1025, 'x'));
  expect(request, "resource");
  request = Request("");
  request.set_attempt(0);
  expect(request, "attempt");
}

TEST_F(ModuleServiceTest, Execute_StreamsEveryStepAndTheResult) {
  Run run = Execute(Request("steps"));
  EXPECT_TRUE(run.status.ok());
  EXPECT_THAT(run.steps, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(run.last.result().outcome(), v1::DONE);
}

TEST_F(ModuleServiceTest, ExecuteOfAnEndedOperation_GivesTheStepsAfterTheOneNamed) {
  v1::ExecuteRequest request = Request("steps");
  Execute(request);
  request.set_after_step(4);
  EXPECT_THAT(Execute(request).steps, ElementsAre(5, 6));
  request.set_after_step(6);
  Run run = Execute(request);
  EXPECT_TRUE(run.status.ok());
  EXPECT_THAT(run.steps, ElementsAre());
}

TEST_F(ModuleServiceTest, StreamBreaksWhileItRuns_TheOperationGoesOnAndCanBeAttachedTo) {
  v1::ExecuteRequest request = Request("wait");
  {
    auto context = Context();
    auto stream = stub_->Execute(context.get(), request);
    v1::ExecuteEvent step;
    ASSERT_TRUE(stream->Read(&step));
    context->TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  auto context = Context();
  request.set_after_step(1);
  auto stream = stub_->Execute(context.get(), request);
  v1::ModuleCancelRequest cancel;
  cancel.set_operation_id(request.operation().id());
  v1::ModuleCancelResponse response;
  ASSERT_TRUE(stub_->Cancel(Context().get(), cancel, &response).ok());
  v1::ExecuteEvent step;
  ASSERT_TRUE(stream->Read(&step));
  EXPECT_EQ(step.step(), 2);
  EXPECT_EQ(step.result().outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_FALSE(stream->Read(&step));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ModuleServiceTest, TwoReadersOfOneOperation_BothGetAll) {
  v1::ExecuteRequest request = Request("wait");
  auto first_context = Context();
  auto first = stub_->Execute(first_context.get(), request);
  v1::ExecuteEvent step;
  ASSERT_TRUE(first->Read(&step));
  auto second_context = Context();
  auto second = stub_->Execute(second_context.get(), request);
  ASSERT_TRUE(second->Read(&step));
  ASSERT_TRUE(TerminateResource("r1").ok());
  for (auto* stream : {&first, &second}) {
    ASSERT_TRUE((*stream)->Read(&step));
    EXPECT_EQ(step.result().outcome(), v1::OUTCOME_TERMINATED);
    EXPECT_TRUE((*stream)->Finish().ok());
  }
}

TEST_F(ModuleServiceTest, ModuleThrows_TheOperationFailsWithItsWords) {
  Run run = Execute(Request("throw"));
  EXPECT_EQ(run.last.result().outcome(), v1::OUTCOME_FAILED);
  EXPECT_THAT(run.last.result().message(), HasSubstr("out of cheese"));
  EXPECT_EQ(Execute(Request("throw-number")).last.result().outcome(), v1::OUTCOME_FAILED);
  v1::ExecuteRequest request = Request("");
  (*request.mutable_operation()->mutable_properties())["Throw"].set_text("x");
  Execute(request);
  v1::ModuleCheckHealthResponse response;
  EXPECT_THAT(CheckHealth("r1", false, &response).error_message(), HasSubstr("no pulse"));
}

TEST_F(ModuleServiceTest, OperationThatHangs_IsTerminatedWithoutItAndItsResourceStaysBusy) {
  auto context = Context();
  auto stream = stub_->Execute(context.get(), Request("hang"));
  v1::ExecuteEvent step;
  ASSERT_TRUE(stream->Read(&step));
  EXPECT_TRUE(TerminateResource("r1").ok());
  ASSERT_TRUE(stream->Read(&step));
  EXPECT_EQ(step.result().outcome(), v1::OUTCOME_TERMINATED);
  EXPECT_THAT(module_.terminated_, ElementsAre("r1"));
  Run next = Execute(Request("steps"));
  EXPECT_EQ(next.last.result().win32_code(), 5023);
  EXPECT_EQ(Execute(Request("steps", "r2")).last.result().outcome(), v1::DONE);
}

TEST_F(ModuleServiceTest, ResourceNobodyOpened_IsNotFound) {
  v1::ModuleCheckHealthResponse response;
  EXPECT_EQ(CheckHealth("r9", false, &response).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(TerminateResource("r9").error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ModuleServiceTest, OpenedResource_ItsPropertiesAreCheckedAndKept) {
  v1::ModuleOpenResourceRequest open;
  open.set_resource("r1");
  open.set_resource_type("Scripted");
  v1::ModuleOpenResourceResponse opened;
  ASSERT_TRUE(stub_->OpenResource(Context().get(), open, &opened).ok());
  EXPECT_EQ(opened.win32_code(), 87);
  EXPECT_THAT(opened.message(), HasSubstr("Do is missing"));
  v1::ModuleCheckHealthResponse health;
  ASSERT_TRUE(CheckHealth("r1", false, &health).ok());
  EXPECT_EQ(health.health(), v1::ALIVE);
  EXPECT_EQ(health.message(), "Scripted");
  ASSERT_TRUE(CheckHealth("r1", true, &health).ok());
  EXPECT_EQ(health.health(), v1::DEAD);

  v1::ModuleCloseResourceRequest close;
  close.set_resource("r1");
  v1::ModuleCloseResourceResponse closed;
  EXPECT_TRUE(stub_->CloseResource(Context().get(), close, &closed).ok());
  EXPECT_TRUE(stub_->CloseResource(Context().get(), close, &closed).ok());
  EXPECT_THAT(module_.closed_, ElementsAre("r1"));
  EXPECT_EQ(CheckHealth("r1", true, &health).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ModuleServiceTest, ControlWithTooLittleRoom_SaysHowMuchIsNeededAndSendsNothing) {
  Execute(Request(""));
  v1::ModuleControlRequest request;
  request.set_resource("r1");
  request.mutable_control()->set_code(0x01200001);
  request.mutable_control()->set_in("12345");
  request.mutable_control()->set_out_capacity(4);
  v1::ControlResponse response;
  ASSERT_TRUE(stub_->Control(Context().get(), request, &response).ok());
  EXPECT_EQ(response.win32_code(), 234);
  EXPECT_EQ(response.bytes_needed(), 5);
  EXPECT_EQ(response.out(), "");
  request.mutable_control()->set_out_capacity(5);
  ASSERT_TRUE(stub_->Control(Context().get(), request, &response).ok());
  EXPECT_EQ(response.win32_code(), 0);
  EXPECT_EQ(response.out(), "12345");
  EXPECT_EQ(response.bytes_needed(), 0);
  request.clear_resource();
  request.set_resource_type("type");
  ASSERT_TRUE(stub_->Control(Context().get(), request, &response).ok());
  EXPECT_EQ(response.out(), "type");
}

TEST_F(ModuleServiceTest, SecondWatch_EndsTheFirstAndIsToldTheStates) {
  auto first_context = Context();
  auto first = stub_->Watch(first_context.get(), v1::ModuleWatchRequest());
  module_.SetHealth("r1", Health::kDead, "gone");
  v1::ModuleNotification notification;
  ASSERT_TRUE(first->Read(&notification));
  auto second_context = Context();
  auto second = stub_->Watch(second_context.get(), v1::ModuleWatchRequest());
  ASSERT_TRUE(second->Read(&notification));
  EXPECT_EQ(notification.health(), v1::DEAD);
  EXPECT_FALSE(first->Read(&notification));
  EXPECT_EQ(first->Finish().error_code(), grpc::StatusCode::ABORTED);
  // Online begins: what was said of the run before is taken back.
  Execute(Request(""));
  ASSERT_TRUE(second->Read(&notification));
  EXPECT_EQ(notification.health(), v1::ALIVE);
  second_context->TryCancel();
}

TEST_F(ModuleServiceTest, Stop_CancelsWhatOutlivesTheGraceAndRefusesNewOperations) {
  auto context = Context();
  auto stream = stub_->Execute(context.get(), Request("wait"));
  v1::ExecuteEvent step;
  ASSERT_TRUE(stream->Read(&step));
  v1::ModuleStopRequest stop;
  stop.set_grace_ms(50);
  v1::ModuleStopResponse response;
  ASSERT_TRUE(stub_->Stop(Context().get(), stop, &response).ok());
  EXPECT_EQ(service_->WaitForStopRequest(), milliseconds(50));
  EXPECT_TRUE(service_->Finish(milliseconds(50)));
  ASSERT_TRUE(stream->Read(&step));
  EXPECT_EQ(step.result().outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(Execute(Request("")).status.error_code(), grpc::StatusCode::UNAVAILABLE);
  auto watch_context = Context();
  auto watch = stub_->Watch(watch_context.get(), v1::ModuleWatchRequest());
  v1::ModuleNotification notification;
  EXPECT_FALSE(watch->Read(&notification));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ModuleServiceTest, ManyResourcesAtOnce_RunInParallel) {
  constexpr int kCount = 100;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ExecuteEvent>>> streams;
  for (int i = 0; i < kCount; ++i) {
    contexts.push_back(Context());
    streams.push_back(stub_->Execute(contexts.back().get(), Request("wait", absl::StrCat("r", i))));
  }
  // Each waits for its cancel: all have begun before the first ends.
  v1::ExecuteEvent step;
  for (auto& stream : streams) ASSERT_TRUE(stream->Read(&step));
  for (int i = 0; i < kCount; ++i) ASSERT_TRUE(TerminateResource(absl::StrCat("r", i)).ok());
  for (auto& stream : streams) {
    ASSERT_TRUE(stream->Read(&step));
    EXPECT_EQ(step.result().outcome(), v1::OUTCOME_TERMINATED);
    EXPECT_TRUE(stream->Finish().ok());
  }
}

}  // namespace
}  // namespace resource_broker::sdk
