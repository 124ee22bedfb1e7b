#include <gmock/gmock.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc/inner_connection.h"
#include "ipc/testing/echo.grpc.pb.h"

namespace resource_broker::ipc {
namespace {

// Answers with the peer's name.
class PeerService : public testing::Echo::Service {
 public:
  grpc::Status Unary(grpc::ServerContext* context, const testing::EchoMessage*, testing::EchoMessage* answer) override {
    answer->set_payload(context->peer());
    return grpc::Status::OK;
  }
};

class InnerConnectionTest : public ::testing::Test {
 protected:
  InnerConnectionTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    inner_ = InnerConnector::Add(&builder);
    server_ = builder.BuildAndStart();
  }
  ~InnerConnectionTest() override { server_->Shutdown(absl::ToChronoTime(absl::Now() + absl::Seconds(5))); }

  static std::string PeerBy(const InnerConnection& connection) {
    const auto stub =
        testing::Echo::NewStub(grpc::CreateInsecureChannelFromFd("inner", static_cast<int>(connection.stream)));
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    testing::EchoMessage answer;
    const grpc::Status status = stub->Unary(&context, {}, &answer);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return answer.payload();
  }

  PeerService service_;
  std::unique_ptr<InnerConnector> inner_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(InnerConnectionTest, Handlers_GetTheLabelAsTheirPeer) {
  const absl::StatusOr<InnerConnection> connection = inner_->Connect();
  ASSERT_TRUE(connection.ok()) << connection.status();
  EXPECT_TRUE(IsInnerLabel(connection->label));
  EXPECT_EQ(PeerBy(*connection), connection->label);
}

TEST_F(InnerConnectionTest, ConnectionsOneAfterAnother_NeverHaveTheSameLabelThoughTheirDescriptorsAre) {
  std::set<std::string> labels;
  for (int i = 0; i < 20; ++i) {
    const absl::StatusOr<InnerConnection> connection = inner_->Connect();
    ASSERT_TRUE(connection.ok()) << connection.status();
    EXPECT_EQ(PeerBy(*connection), connection->label);
    labels.insert(connection->label);
  }
  EXPECT_EQ(labels.size(), 20U);
}

TEST(InnerLabelTest, WhatGrpcSaysOfOthers_IsNoLabel) {
  for (const char* peer : {"", "unix:", "unix:/run/x.sock", "unix-abstract:", "unix-abstract:other", "ipv4:127.0.0.1:1",
                           "npipe:pid=1&account=&elevated=0&image=", "fd:7"}) {
    EXPECT_FALSE(IsInnerLabel(peer)) << peer;
  }
}

}  // namespace
}  // namespace resource_broker::ipc
