// Who is refused before the server parses a byte, and how that is written down.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "broker_service/remote/testing/raw_client.h"
#include "broker_service/remote/testing/remote_fixture.h"

namespace resource_broker::broker {
namespace {

using testing::Certificate;
using testing::CertificateAuthority;
using testing::CertificateSpec;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RawAnswer;
using testing::RawClient;
using ::testing::StartsWith;

// What every client of HTTP/2 begins with, and an empty SETTINGS.
const std::string& Greeting() {
  static const auto* const greeting =
      new std::string(std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + std::string("\0\0\0\4\0\0\0\0\0", 9));
  return *greeting;
}

class HandshakeTest : public testing::RemoteTest {
 protected:
  // The one refusal there was.
  v1::AuditRecord Refusal() {
    const std::vector<v1::AuditRecord> records = Records();
    EXPECT_EQ(records.size(), 1U);
    if (records.empty()) return {};
    EXPECT_EQ(records[0].method(), "connect");
    EXPECT_THAT(records[0].from(), StartsWith("127.0.0.1:"));
    return records[0];
  }
  void ExpectRefused(const RawClient& client, const std::string& why) {
    RawClient greeting = client;
    greeting.send = Greeting();
    const RawAnswer answer = TalkTls(port(), greeting);
    EXPECT_THAT(answer.bytes, IsEmpty()) << "HTTP/2 was answered";
    const v1::AuditRecord refusal = Refusal();
    EXPECT_EQ(refusal.code(), 16U);
    EXPECT_THAT(refusal.identity(), IsEmpty());
    EXPECT_THAT(refusal.message(), HasSubstr(why));
  }
};

TEST_F(HandshakeTest, GoodCertificate_IsGreetedByHttp2) {
  Start();
  const Certificate client = ClientOf("viewers/a");
  testing::EchoMessage answer;
  const grpc::Status status = Call(Connect(client), &answer);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer.caller(), "spiffe://corp/viewers/a");
  EXPECT_THAT(Records(), IsEmpty());
}

TEST_F(HandshakeTest, NoCertificate_IsRefused) {
  Start();
  ExpectRefused({}, "peer did not return a certificate");
}

TEST_F(HandshakeTest, ExpiredCertificate_IsRefused) {
  Start();
  CertificateSpec spec;
  spec.begins = -absl::Hours(2);
  spec.ends = -absl::Hours(1);
  const Certificate client = ClientOf("admins/a", spec);
  ExpectRefused({&client}, "the certificate \"CN=client,O=Corp\" is refused: certificate has expired");
}

TEST_F(HandshakeTest, CertificateOfAnotherAuthority_IsRefused) {
  Start();
  CertificateAuthority other("Others");
  const Certificate client = other.Issue({"client", {"URI:spiffe://corp/admins/a"}});
  ExpectRefused({&client}, "unable to get local issuer certificate");
}

TEST_F(HandshakeTest, RevokedCertificate_IsRefusedAndOthersAreNot) {
  const Certificate revoked = ClientOf("admins/a");
  config_.mutable_remote()->set_revocation_file((folder_.path() / "list.crl").u8string());
  testing::WriteFile(folder_.path() / "list.crl", authority_.RevocationList({revoked.serial}));
  Start();
  testing::EchoMessage answer;
  EXPECT_TRUE(Call(Connect(ClientOf("admins/b")), &answer).ok());
  ExpectRefused({&revoked}, "certificate revoked");
}

TEST_F(HandshakeTest, Tls12_IsRefusedUnlessAllowed) {
  Start();
  const Certificate client = ClientOf("viewers/a");
  RawClient old{&client, /*only_tls_1_2=*/true};
  ExpectRefused(old, "unsupported protocol");
  Stop();
  config_.mutable_remote()->set_allow_tls_1_2(true);
  Start();
  EXPECT_THAT(testing::GreetTls(port(), old).handshake, IsEmpty());
}

TEST_F(HandshakeTest, AnotherProtocolThanHttp2_IsRefused) {
  Start();
  const Certificate client = ClientOf("viewers/a");
  ExpectRefused({&client, false, std::string("\x08http/1.1")}, "no application protocol");
}

TEST_F(HandshakeTest, NoProtocolNamed_IsRefused) {
  Start();
  const Certificate client = ClientOf("viewers/a");
  ExpectRefused({&client, false, ""}, "HTTP/2 (ALPN \"h2\") was not offered");
}

TEST_F(HandshakeTest, PlainHttp2_IsRefusedWithoutAnAnswerInHttp2) {
  Start();
  const std::string answer = testing::TalkPlain(port(), Greeting());
  // An alert of TLS at most.
  EXPECT_TRUE(answer.empty() || answer[0] == 21) << answer;
  EXPECT_THAT(Refusal().message(), StartsWith("TLS handshake: "));
}

TEST_F(HandshakeTest, Garbage_IsRefused) {
  Start();
  const std::string answer = testing::TalkPlain(port(), std::string(100000, '\xee'));
  EXPECT_TRUE(answer.empty() || answer[0] == 21) << answer;
  EXPECT_EQ(Refusal().code(), 16U);
}

TEST_F(HandshakeTest, Silence_IsEndedByTheDeadline) {
  config_.mutable_timeouts()->set_tls_handshake_ms(50);
  Start();
  EXPECT_THAT(testing::TalkPlain(port(), ""), IsEmpty());
  EXPECT_THAT(Refusal().message(), StartsWith("timeouts.tlsHandshakeMs: "));
}

TEST_F(HandshakeTest, TooManyOfOneIdentity_OneMoreIsRefusedAndOthersAreNot) {
  config_.mutable_limits()->set_max_connections_per_identity(2);
  Start();
  const Certificate client = ClientOf("viewers/a");
  const auto first = Connect(client);
  const auto second = Connect(client);
  testing::EchoMessage answer;
  EXPECT_TRUE(Call(first, &answer).ok());
  EXPECT_TRUE(Call(second, &answer).ok());
  EXPECT_THAT(testing::TalkTls(port(), {&client}).bytes, IsEmpty());
  EXPECT_TRUE(Call(Connect(ClientOf("viewers/b")), &answer).ok());
  const v1::AuditRecord refusal = Refusal();
  EXPECT_EQ(refusal.code(), 8U);
  EXPECT_EQ(refusal.identity(), "spiffe://corp/viewers/a");
  EXPECT_THAT(refusal.message(), StartsWith("limits.maxConnectionsPerIdentity: 2"));
}

TEST_F(HandshakeTest, TooManyConnections_OneMoreIsRefused) {
  config_.mutable_limits()->set_max_remote_connections(1);
  Start();
  const auto first = Connect(ClientOf("viewers/a"));
  testing::EchoMessage answer;
  EXPECT_TRUE(Call(first, &answer).ok());
  EXPECT_THAT(testing::TalkPlain(port(), ""), IsEmpty());
  EXPECT_THAT(Refusal().message(), StartsWith("limits.maxRemoteConnections: 1"));
}

TEST_F(HandshakeTest, FloodOfRefusals_IsSummedUp) {
  Start();
  for (int i = 0; i < 20; ++i) testing::TalkPlain(port(), "GET / HTTP/1.1\r\n\r\n");
  const std::vector<v1::AuditRecord> records = Records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1].repeated(), 0U);
  EXPECT_EQ(records[0].repeated(), 19U);
}

TEST_F(HandshakeTest, Plaintext_IsServedOnLoopbackWithEveryRole) {
  config_.mutable_remote()->set_plaintext_on_loopback(true);
  Start();
  EXPECT_THAT(server_->Notices(), ::testing::ElementsAre(StartsWith("remote.plaintextOnLoopback")));
  const auto channel = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  testing::EchoMessage answer;
  const grpc::Status status = Call(channel, &answer, "Audit.ListAuditRecords");
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(answer.caller(), StartsWith("plaintext 127.0.0.1:"));
}

}  // namespace
}  // namespace resource_broker::broker
