// Callers of the remote server: who they are, what they may, and what reaches them.
#include "broker_service/remote/remote_server.h"

#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/remote/testing/key_file.h"
#include "broker_service/remote/testing/raw_client.h"
#include "broker_service/remote/testing/remote_fixture.h"

namespace resource_broker::broker {
namespace {

using testing::Certificate;
using testing::CertificateAuthority;
using testing::EchoMessage;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class RemoteServerTest : public testing::RemoteTest {
 protected:
  grpc::Status CallAs(const Certificate& client, const std::string& method) {
    EchoMessage answer;
    return Call(Connect(client), &answer, method);
  }
};

TEST_F(RemoteServerTest, RoleThatIsMissing_IsNamedWithWhoLacksItAndAudited) {
  Start();
  const grpc::Status status = CallAs(ClientOf("viewers/a"), "Queue.PauseQueue");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(status.error_message(),
            "Queue.PauseQueue needs the role operator, and spiffe://corp/viewers/a has the role viewer");
  EXPECT_EQ(CallAs(ClientOf("nobody"), "").error_message(),
            "Admin.GetStatus needs the role viewer, and spiffe://corp/nobody has no role");
  const std::vector<v1::AuditRecord> records = Records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1].identity(), "spiffe://corp/viewers/a");
  EXPECT_EQ(records[1].role(), "viewer");
  EXPECT_EQ(records[1].method(), "Queue.PauseQueue");
  EXPECT_EQ(records[1].code(), 7U);
  EXPECT_THAT(records[1].from(), StartsWith("127.0.0.1:"));
}

TEST_F(RemoteServerTest, WhatIsForTheNodeAlone_IsRefusedToEveryRole) {
  Start();
  EXPECT_EQ(CallAs(ClientOf("admins/a"), "Takeover.EndForUpgrade").error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CallAs(ClientOf("admins/a"), "Audit.Nonsense").error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(CallAs(ClientOf("admins/a"), "Audit.ListAuditRecords").ok());
}

TEST_F(RemoteServerTest, RoleRevokedByReload_ActsAtTheNextCallOfAnOldConnection) {
  Start();
  const auto channel = Connect(ClientOf("operators/a"));
  EchoMessage answer;
  EXPECT_TRUE(Call(channel, &answer, "Queue.PauseQueue").ok());
  config_.mutable_remote()->clear_grants();
  rules_->Update(config_.remote());
  EXPECT_EQ(Call(channel, &answer, "Queue.PauseQueue").error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(RemoteServerTest, CallsTooOften_AreRefusedForTheOneIdentity) {
  config_.mutable_limits()->set_max_calls_per_second(1);
  Start();
  const auto channel = Connect(ClientOf("viewers/a"));
  EchoMessage answer;
  grpc::Status status;
  // Two at once are let through, and nobody makes ten of them last eight seconds.
  for (int i = 0; i < 10 && status.ok(); ++i) status = Call(channel, &answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), StartsWith("limits.maxCallsPerSecond: "));
  EXPECT_TRUE(CallAs(ClientOf("viewers/b"), "").ok());
}

TEST_F(RemoteServerTest, AuditLogThatCantBeWritten_LetsViewersGoOnAndRefusesChanges) {
  // A folder is where the file is to be.
  std::filesystem::create_directory(folder_.path() / "audit.db");
  Start();
  const Certificate client = ClientOf("admins/a");
  EXPECT_TRUE(CallAs(client, "Admin.GetStatus").ok());
  const grpc::Status status = CallAs(client, "Queue.PauseQueue");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("while the audit log can't be written"));
  EXPECT_THAT(audit_->Notices(), ElementsAre(HasSubstr("audit.db")));
}

TEST_F(RemoteServerTest, FiftyConnectionsThatComeAndGo_NeverHaveAnothersIdentity) {
  config_.mutable_limits()->set_max_calls_per_second(100000);
  Start();
  std::atomic<int> answered{0};
  std::vector<Certificate> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(ClientOf(absl::StrCat("viewers/", i)));
  std::vector<std::thread> threads;
  for (int i = 0; i < 50; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 6; ++round) {
        const auto channel = Connect(clients[static_cast<size_t>(i)]);
        for (int call = 0; call < 3; ++call) {
          EchoMessage answer;
          const grpc::Status status = Call(channel, &answer);
          EXPECT_TRUE(status.ok()) << status.error_message();
          EXPECT_EQ(answer.caller(), absl::StrCat("spiffe://corp/viewers/", i));
          ++answered;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 50 * 6 * 3);
  Stop();
  EXPECT_EQ(callers_.size(), 0U);
}

TEST_F(RemoteServerTest, CertificatesReplacedUnderLoad_NoCallFailsAndNewConnectionsGetTheNewOnes) {
  config_.mutable_limits()->set_max_calls_per_second(100000);
  CertificateAuthority next("Next roots");
  more_roots_ = next.certificate();
  Start();
  const Certificate client = ClientOf("viewers/a");
  const auto old_connection = Connect(client);
  EchoMessage answer;
  ASSERT_TRUE(Call(old_connection, &answer).ok());
  std::atomic<bool> done{false};
  std::atomic<int> calls{0};
  std::vector<std::thread> load;
  for (int i = 0; i < 4; ++i) {
    load.emplace_back([&] {
      while (!done) {
        EchoMessage echoed;
        const grpc::Status status = Call(Connect(client), &echoed);
        EXPECT_TRUE(status.ok()) << status.error_message();
        ++calls;
      }
    });
  }
  for (int i = 0; i < 10; ++i) {
    const std::string name = absl::StrCat("node-", i);
    WriteNode((i % 2 == 0 ? next : authority_).Issue({name, {"DNS:localhost"}}));
    EXPECT_TRUE(server_->ReloadCertificates().ok());
    EXPECT_EQ(testing::GreetTls(port(), {&client}).server_subject, absl::StrCat("CN=", name, ",O=Corp"));
  }
  done = true;
  for (std::thread& thread : load) thread.join();
  EXPECT_GT(calls, 10);
  EXPECT_TRUE(Call(old_connection, &answer).ok());
}

TEST_F(RemoteServerTest, BrokenReplacement_KeepsWhatWasGoodAndSaysSo) {
  Start();
  const Certificate client = ClientOf("viewers/a");
  EXPECT_THAT(server_->Notices(), IsEmpty());
  const Certificate other = authority_.Issue({"other", {"DNS:localhost"}});
  testing::WriteFile(folder_.path() / "node.crt", other.certificate);
  EXPECT_EQ(server_->ReloadCertificates().message(),
            "remote.keyFile: is not the key of remote.certificateFile: key values mismatch");
  EXPECT_THAT(server_->Notices(), ElementsAre(HasSubstr("remote.keyFile")));
  EXPECT_EQ(testing::GreetTls(port(), {&client}).server_subject, "CN=node,O=Corp");
  testing::WriteFile(folder_.path() / "node.crt", "");
  EXPECT_FALSE(server_->ReloadCertificates().ok());
  std::filesystem::remove(folder_.path() / "trust.crt");
  EXPECT_THAT(std::string(server_->ReloadCertificates().message()), HasSubstr("remote.trustFile"));
  EchoMessage answer;
  EXPECT_TRUE(Call(Connect(client), &answer).ok());
  testing::WriteFile(folder_.path() / "trust.crt", authority_.certificate());
  WriteNode(other);
  EXPECT_TRUE(server_->ReloadCertificates().ok());
  EXPECT_THAT(server_->Notices(), IsEmpty());
  EXPECT_EQ(testing::GreetTls(port(), {&client}).server_subject, "CN=other,O=Corp");
}

TEST_F(RemoteServerTest, FilesThatChange_AreReadAgainByThemselves) {
  config_.mutable_timeouts()->set_certificate_poll_ms(5);
  Start();
  const Certificate client = ClientOf("viewers/a");
  WriteNode(authority_.Issue({"next", {"DNS:localhost"}}));
  std::string subject;
  for (const absl::Time until = absl::Now() + absl::Seconds(60); subject != "CN=next,O=Corp" && absl::Now() < until;) {
    subject = testing::GreetTls(port(), {&client}).server_subject;
  }
  EXPECT_EQ(subject, "CN=next,O=Corp");
}

TEST_F(RemoteServerTest, AddressThatIsTaken_IsSaidToBe) {
  Start();
  config_.mutable_remote()->set_address(server_->address());
  const auto second = RemoteServer::Start(config_, {{&service_}, door_.get(), &callers_, audit_.get()});
  EXPECT_TRUE(absl::IsAlreadyExists(second.status())) << second.status();
}

TEST_F(RemoteServerTest, ListenerThatStopped_LeavesTheAddressToTheNextAndItsConnectionsGoOn) {
  Start();
  const auto channel = Connect(ClientOf("viewers/a"));
  EchoMessage answer;
  ASSERT_TRUE(Call(channel, &answer).ok());
  server_->StopListening();
  EXPECT_TRUE(Call(channel, &answer).ok());
  config_.mutable_remote()->set_address(server_->address());
  auto second = RemoteServer::Start(config_, {{}, door_.get(), &callers_, audit_.get()});
  ASSERT_TRUE(second.ok()) << second.status();
  (*second)->Stop(absl::ZeroDuration());
}

TEST_F(RemoteServerTest, KeyThatIsNoKey_IsRefusedFromTheStart) {
  Start();
  testing::WriteKeyFile(folder_.path() / "node.key", "nonsense");
  const auto second = RemoteServer::Start(config_, {{}, door_.get(), &callers_, audit_.get()});
  EXPECT_THAT(std::string(second.status().message()), StartsWith("remote.keyFile: "));
}

}  // namespace
}  // namespace resource_broker::broker
