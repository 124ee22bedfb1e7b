#include "clients/brokerctl/testing/fake_broker.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "ipc/listener.h"

namespace resource_broker::brokerctl {
namespace {

constexpr char kLoopback[] = "127.0.0.1:0";

}  // namespace

FakeBroker::FakeBroker(const std::string& address) {
  grpc::ServerBuilder builder;
  auto listener = ipc::Listener::Add(&builder, address, {});
  EXPECT_TRUE(listener.ok()) << listener.status();
  if (!listener.ok()) return;
  listener_ = *std::move(listener);
  builder.RegisterService(&admin_);
  services_.Register(&builder);
  server_ = builder.BuildAndStart();
  const absl::Status started = listener_->Start();
  EXPECT_TRUE(started.ok()) << started;
}

FakeBroker::FakeBroker(const Identity& identity, const std::string& client_ca) {
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = client_ca;
  options.pem_key_cert_pairs = {{identity.key, identity.certificate}};
  grpc::ServerBuilder builder;
  builder.AddListeningPort(kLoopback, grpc::SslServerCredentials(options), &port_);
  builder.RegisterService(&admin_);
  services_.Register(&builder);
  server_ = builder.BuildAndStart();
  EXPECT_NE(server_, nullptr);
}

FakeBroker::FakeBroker() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(kLoopback, grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(&admin_);
  services_.Register(&builder);
  server_ = builder.BuildAndStart();
  EXPECT_NE(server_, nullptr);
}

FakeBroker::~FakeBroker() { Stop(); }

std::string FakeBroker::node() const { return absl::StrCat("localhost:", port_); }

void FakeBroker::Stop() {
  if (server_ == nullptr) return;
  if (listener_ != nullptr) listener_->Stop();
  // Cancels what is left at once.
  server_->Shutdown(std::chrono::system_clock::now());
  server_ = nullptr;
}

}  // namespace resource_broker::brokerctl
