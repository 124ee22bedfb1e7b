#include "broker_service/api/testing/broker_fixture.h"

#include <grpcpp/channel.h>

#include "absl/strings/str_cat.h"
#include "broker_service/host/config.h"
#include "broker_service/host/platform.h"
#include "broker_service/log.h"
#include "broker_service/text.h"
#include "ipc/channel.h"

namespace resource_broker::broker::testing {

std::unique_ptr<grpc::ClientContext> Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  return context;
}

BrokerTest::BrokerTest() {
  SetLogLevel(LogLevel::kError);
  const std::string run = (folder_.path() / "run").u8string();
  config_ = DefaultConfig();
  config_.set_bridge_address(ipc::PrivateAddress("bridge", run));
  config_.set_admin_address(ipc::PrivateAddress("admin", run));
  config_.set_modules_directory((folder_.path() / "modules").u8string());
  config_.set_data_directory((folder_.path() / "data").u8string());
  InstallTestModule(folder_.path() / "modules", "m", "good");
  InstallTestModule(folder_.path() / "modules", "bad", "exits");
}

BrokerTest::~BrokerTest() { Stop(); }

void BrokerTest::Start() {
  broker_ = std::make_unique<Broker>(config_, nullptr, BrokerSurroundings{config_file_, &door_});
  const absl::Status started = broker_->Start();
  ASSERT_TRUE(started.ok()) << started;
  ipc::ChannelOptions as_a_bridge;
  as_a_bridge.small_windows = true;
  const auto bridge = ipc::Connect(config_.bridge_address(), as_a_bridge);
  const auto admin = ipc::Connect(config_.admin_address(), {});
  ASSERT_TRUE(bridge.ok() && admin.ok());
  bridge_ = v1::Bridge::NewStub(*bridge);
  admin_channel_ = *admin;
  admin_ = v1::Admin::NewStub(*admin);
}

void BrokerTest::Stop() {
  if (broker_ != nullptr) broker_->Stop();
  stream_ = nullptr;
  broker_ = nullptr;
}

void BrokerTest::OpenSession() {
  v1::OpenSessionRequest request;
  request.mutable_offer()->set_min_version(1);
  request.mutable_offer()->set_max_version(1);
  request.mutable_offer()->set_component("test");
  request.set_session_id(session_);
  request.set_process_id(ProcessId());
  request.set_node("NODE1");
  v1::OpenSessionResponse response;
  const grpc::Status status = bridge_->OpenSession(Context().get(), request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.choice().version(), 1U);
  EXPECT_EQ(response.broker_instance().size(), 16U);
  v1::WatchRequest watch;
  watch.set_session_id(session_);
  stream_ = nullptr;
  stream_ = std::make_unique<SessionReader>(bridge_.get(), &v1::Bridge::Stub::Watch, watch);
  EXPECT_TRUE(stream_->Await(1).at(0).has_started());
}

grpc::Status BrokerTest::OpenResource(const std::string& resource, const std::string& module) {
  v1::OpenResourceRequest request;
  request.set_session_id(session_);
  request.set_resource(resource);
  request.set_module(module);
  v1::OpenResourceResponse response;
  return bridge_->OpenResource(Context().get(), request, &response);
}

v1::StartOperationRequest BrokerTest::Operation(const std::string& resource, const std::string& action,
                                                v1::OperationKind kind) const {
  v1::StartOperationRequest request;
  request.set_session_id(session_);
  v1::OperationRequest* operation = request.mutable_operation();
  operation->set_id(RandomBytes(16));
  operation->set_kind(kind);
  operation->set_resource(resource);
  operation->set_module("m");
  (*operation->mutable_properties())["Do"].set_text(action);
  return request;
}

grpc::Status BrokerTest::StartOperation(const v1::StartOperationRequest& request,
                                        v1::StartOperationResponse* response) {
  response->Clear();
  return bridge_->StartOperation(Context().get(), request, response);
}

std::vector<v1::Event> BrokerTest::RunToEnd(const v1::StartOperationRequest& request) {
  v1::StartOperationResponse response;
  const grpc::Status status = StartOperation(request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  if (!status.ok()) return {};
  std::vector<v1::Event> events(response.events().begin(), response.events().end());
  if (!events.empty() && events.back().has_final()) return events;
  const std::string id = request.operation().id();
  const auto ours = [&](const v1::SessionEvent& event) { return event.operation().operation_id() == id; };
  for (const v1::SessionEvent& event : stream_->AwaitOne(
           [&](const v1::SessionEvent& told) { return ours(told) && told.operation().event().has_final(); })) {
    if (ours(event)) events.push_back(event.operation().event());
  }
  return events;
}

v1::GetStatusResponse BrokerTest::GetStatus() {
  v1::GetStatusRequest request;
  request.mutable_offer()->set_min_version(1);
  request.mutable_offer()->set_max_version(1);
  v1::GetStatusResponse response;
  const grpc::Status status = admin_->GetStatus(Context().get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

}  // namespace resource_broker::broker::testing
