#include "broker_service/remote/testing/remote_fixture.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <filesystem>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/api/grpc_status.h"
#include "broker_service/host/config.h"
#include "broker_service/log.h"
#include "broker_service/remote/testing/key_file.h"

namespace resource_broker::broker::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

void Grant(const char* role, const char* uri, v1::BrokerConfig::Remote* remote) {
  auto* const grant = remote->add_grants();
  grant->set_role(role);
  grant->set_uri(uri);
}

}  // namespace

grpc::ServerUnaryReactor* DoorService::Unary(grpc::CallbackServerContext* context, const EchoMessage* request,
                                             EchoMessage* answer) {
  const absl::StatusOr<Caller> caller =
      door->Admit(*context, request->caller().empty() ? "Admin.GetStatus" : request->caller());
  if (caller.ok()) {
    answer->set_caller(caller->identity);
    answer->set_payload(request->payload());
  }
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(caller.status()));
  return reactor;
}

RemoteTest::RemoteTest() {
  SetLogLevel(LogLevel::kError);
  config_ = DefaultConfig();
  v1::BrokerConfig::Remote* const remote = config_.mutable_remote();
  remote->set_address("127.0.0.1:0");
  remote->set_certificate_file((folder_.path() / "node.crt").u8string());
  remote->set_key_file((folder_.path() / "node.key").u8string());
  remote->set_trust_file((folder_.path() / "trust.crt").u8string());
  Grant("viewer", "spiffe://corp/viewers/*", remote);
  Grant("operator", "spiffe://corp/operators/*", remote);
  Grant("admin", "spiffe://corp/admins/*", remote);
  WriteFile(folder_.path() / "trust.crt", authority_.certificate());
  WriteNode(authority_.Issue({"node", {"DNS:localhost"}}));
}

RemoteTest::~RemoteTest() { Stop(); }

void RemoteTest::Start() {
  AuditOptions audit;
  audit.file = folder_.path() / "audit.db";
  audit.clock = &clock_;
  audit_ = std::make_unique<AuditLog>(audit);
  rules_ = std::make_unique<AccessRules>(config_.remote());
  rates_ = std::make_unique<CallRates>(config_.limits().max_calls_per_second(), &clock_);
  GateParts parts;
  parts.rules = rules_.get();
  parts.callers = &callers_;
  parts.rates = rates_.get();
  parts.audit = audit_.get();
  door_ = std::make_unique<Gate>(parts);
  service_.door = door_.get();
  auto started = RemoteServer::Start(config_, {{&service_}, door_.get(), &callers_, audit_.get()});
  ASSERT_TRUE(started.ok()) << started.status();
  server_ = *std::move(started);
}

void RemoteTest::Stop() {
  if (server_ != nullptr) server_->Stop(absl::ZeroDuration());
  server_.reset();
}

Certificate RemoteTest::ClientOf(const std::string& path, CertificateSpec spec) {
  spec.common_name = "client";
  spec.alternative_names = {absl::StrCat("URI:spiffe://corp/", path)};
  return authority_.Issue(spec);
}

std::shared_ptr<grpc::Channel> RemoteTest::Connect(const Certificate& client) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = authority_.certificate() + more_roots_;
  options.pem_cert_chain = client.certificate;
  options.pem_private_key = client.key;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(16 << 20);
  return grpc::CreateCustomChannel(server_->address(), grpc::SslCredentials(options), arguments);
}

grpc::Status RemoteTest::Call(const std::shared_ptr<grpc::Channel>& channel, EchoMessage* answer,
                              const std::string& method, const std::string& payload) {
  EchoMessage request;
  request.set_caller(method);
  request.set_payload(payload);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  return Echo::NewStub(channel)->Unary(&context, request, answer);
}

uint16_t RemoteTest::port() const {
  const std::string& address = server_->address();
  uint32_t port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  return static_cast<uint16_t>(port);
}

void RemoteTest::WriteNode(const Certificate& node) {
  const std::filesystem::path key = folder_.path() / "node.key";
  WriteFile(folder_.path() / "node.crt", node.certificate);
  WriteKeyFile(key, node.key);
}

std::vector<v1::AuditRecord> RemoteTest::Records() {
  audit_->Stop();
  auto reader = AuditReader::Open(folder_.path() / "audit.db");
  EXPECT_TRUE(reader.ok()) << reader.status();
  const auto listed = reader->List({});
  EXPECT_TRUE(listed.ok()) << listed.status();
  return {listed->records().begin(), listed->records().end()};
}

}  // namespace resource_broker::broker::testing
