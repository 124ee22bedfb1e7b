#include "clients/brokerctl/pki.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "clients/brokerctl/exit_code.h"
#include "clients/brokerctl/openssl_pointers.h"
#include "clients/brokerctl/private_file.h"
#include "clients/brokerctl/testing/cluster.h"

namespace resource_broker::brokerctl {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string ReadWhole(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

UniqueCertificate Parse(const std::string& pem) {
  return UniqueCertificate(PEM_read_bio_X509(ReadOnly(pem).get(), nullptr, nullptr, nullptr));
}

// What OpenSSL says of `pem` for `purpose` where only `ca` is trusted.
std::string Verify(const std::string& ca, const std::string& pem, int purpose, const char* host = nullptr) {
  const UniqueStore store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), Parse(ca).get());
  const UniqueCertificate certificate = Parse(pem);
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store.get(), certificate.get(), nullptr);
  X509_STORE_CTX_set_purpose(context, purpose);
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT);
  if (host != nullptr && X509_VERIFY_PARAM_set1_ip_asc(rules, host) != 1) X509_VERIFY_PARAM_set1_host(rules, host, 0);
  X509_verify_cert(context);
  const std::string result = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
  X509_STORE_CTX_free(context);
  return result;
}

std::string UriOf(const std::string& pem) {
  const UniqueCertificate certificate = Parse(pem);
  auto* names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr));
  std::string uri;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI) continue;
    uri.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.uniformResourceIdentifier)),
               static_cast<size_t>(ASN1_STRING_length(name->d.uniformResourceIdentifier)));
  }
  GENERAL_NAMES_free(names);
  return uri;
}

TEST(PkiTest, CertificatesOfTheCa_AreGoodForWhatTheyAreMadeForAndNothingElse) {
  const Identity ca = *MakeCa("CA", {});
  const Identity node = *MakeNodeIdentity(ca, {"n1.example", "10.0.0.1"}, {});
  const Identity client = *MakeClientIdentity(ca, "alice", "spiffe://x/alice", {});
  EXPECT_EQ(Verify(ca.certificate, node.certificate, X509_PURPOSE_SSL_SERVER, "n1.example"), "ok");
  EXPECT_EQ(Verify(ca.certificate, node.certificate, X509_PURPOSE_SSL_SERVER, "10.0.0.1"), "ok");
  EXPECT_THAT(Verify(ca.certificate, node.certificate, X509_PURPOSE_SSL_SERVER, "n2.example"), HasSubstr("mismatch"));
  EXPECT_EQ(Verify(ca.certificate, client.certificate, X509_PURPOSE_SSL_CLIENT), "ok");
  EXPECT_THAT(Verify(ca.certificate, client.certificate, X509_PURPOSE_SSL_SERVER), HasSubstr("purpose"));
  EXPECT_THAT(Verify(ca.certificate, node.certificate, X509_PURPOSE_SSL_CLIENT), HasSubstr("purpose"));
  EXPECT_THAT(Verify(MakeCa("CA", {})->certificate, node.certificate, X509_PURPOSE_SSL_SERVER),
              HasSubstr("unable to get"));
  const Identity expired = *MakeClientIdentity(ca, "alice", "spiffe://x/alice", {-1});
  EXPECT_EQ(Verify(ca.certificate, expired.certificate, X509_PURPOSE_SSL_CLIENT), "certificate has expired");
}

TEST(PkiTest, NamesThatWouldSayMore_AreRefused) {
  const Identity ca = *MakeCa("CA", {});
  for (const char* host : {"a,DNS:b", "a b", "", "*.example", "a\nb", "-a", "email:x"}) {
    EXPECT_EQ(MakeNodeIdentity(ca, {host}, {}).status().code(), absl::StatusCode::kInvalidArgument) << host;
  }
  EXPECT_FALSE(MakeClientIdentity(ca, "x", "spiffe://x,URI:spiffe://y", {}).ok());
}

TEST(PkiTest, Init_WritesWhatServesAndConnects) {
  const ipc::testing::TemporaryFolder folder;
  const fs::path made = fs::path(folder.path()) / "pki";
  const std::vector<std::string> line = {"pki",   "init",     made.u8string(), "--node",   "localhost",  "--node",
                                         "[::1]", "--client", "alice:admin",   "--client", "bob:viewer", "--days",
                                         "7"};
  const CommandRun run = RunLine(line);
  ASSERT_EQ(run.exit_code, kDone) << run.errors;
  EXPECT_THAT(run.out, AllOf(HasSubstr("for a first try"), HasSubstr("\"trustFile\""),
                             HasSubstr("\"role\": \"operator\""), HasSubstr("spiffe://resource-broker/viewer/*"),
                             HasSubstr("brokerctl context add trial --node localhost:7443 --node [::1]:7443")));
  for (const char* file : {"ca", "localhost", "--1", "alice", "bob"}) {
    EXPECT_TRUE(CheckPrivate(made / (std::string(file) + ".key")).ok()) << file;
  }
  EXPECT_EQ(UriOf(ReadWhole(made / "bob.crt")), "spiffe://resource-broker/viewer/bob");
  FakeBroker broker({ReadWhole(made / "localhost.crt"), ReadWhole(made / "localhost.key")}, ReadWhole(made / "ca.crt"));
  FillBroker("NODE1", &broker);
  const CommandRun status = RunLine({"status", "--node", broker.node(), "--ca", (made / "ca.crt").u8string(), "--cert",
                                     (made / "alice.crt").u8string(), "--key", (made / "alice.key").u8string()});
  EXPECT_EQ(status.exit_code, kDone) << status.errors;
  const std::string key = ReadWhole(made / "ca.key");
  const CommandRun again = RunLine(line);
  EXPECT_EQ(again.exit_code, kFailed);
  EXPECT_THAT(again.errors, HasSubstr("nothing was written"));
  EXPECT_EQ(ReadWhole(made / "ca.key"), key);
}

TEST(PkiTest, ClientsThatCannotBe_AreRefusedAndNothingIsWritten) {
  const ipc::testing::TemporaryFolder folder;
  const std::string made = folder.path() + "/pki";
  for (const char* client : {"alice", "alice:root", ":admin", "a/b:admin", "a:b:admin", ".a:admin"}) {
    EXPECT_EQ(RunLine({"pki", "init", made, "--node", "n1", "--client", client}).exit_code, kUsage) << client;
  }
  EXPECT_EQ(RunLine({"pki", "init", made, "--node", "ca"}).exit_code, kUsage) << "its file would be the CA's";
  EXPECT_EQ(RunLine({"pki", "init", made}).exit_code, kUsage);
  EXPECT_FALSE(fs::exists(made));
}

}  // namespace
}  // namespace resource_broker::brokerctl
