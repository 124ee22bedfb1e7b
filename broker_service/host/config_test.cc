#include "broker_service/host/config.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "broker_service/host/platform.h"
#include "broker_service/modules/testing/installed_modules.h"

namespace resource_broker::broker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const ConfigPlaces& Places() {
  static const ConfigPlaces places = {ProgramFile().root_path() / "etc", ProgramFile().root_path() / "opt"};
  return places;
}

std::string Fault(const std::string& json) {
  const auto config = ParseConfig(json, Places());
  EXPECT_FALSE(config.ok()) << json;
  return std::string(config.status().message());
}

// What the comments of config.proto promise.
TEST(ConfigTest, NothingSaid_EveryDefaultIsAsDocumented) {
  const auto config = ParseConfig("{}", Places());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->bridge_address(), DefaultBridgeAddress());
  EXPECT_EQ(config->admin_address(), DefaultAdminAddress());
  EXPECT_EQ(config->modules_directory(), (Places().program_folder / "modules").u8string());
  EXPECT_EQ(config->data_directory(), DefaultDataDirectory().u8string());
  EXPECT_EQ(config->log_level(), "info");
  const v1::BrokerConfig::Limits& limits = config->limits();
  EXPECT_EQ(limits.max_in_buffer_bytes(), 1048576U);
  EXPECT_EQ(limits.max_sessions(), 64U);
  EXPECT_EQ(limits.max_resources(), 20000U);
  EXPECT_EQ(limits.max_running_operations(), 1024U);
  EXPECT_EQ(limits.max_pending_operations(), 20000U);
  EXPECT_EQ(limits.max_ended_operations(), 10000U);
  EXPECT_EQ(limits.max_stream_backlog(), 4096U);
  EXPECT_EQ(limits.max_connections(), 128U);
  EXPECT_EQ(limits.max_package_bytes(), 268435456U);
  const v1::BrokerConfig::Timeouts& timeouts = config->timeouts();
  EXPECT_EQ(timeouts.module_handshake_ms(), 10000U);
  EXPECT_EQ(timeouts.module_call_ms(), 5000U);
  EXPECT_EQ(timeouts.module_terminate_ms(), 10000U);
  EXPECT_EQ(timeouts.module_stop_ms(), 10000U);
  EXPECT_EQ(timeouts.module_restart_backoff_ms(), 200U);
  EXPECT_EQ(timeouts.module_restart_backoff_max_ms(), 60000U);
  EXPECT_EQ(timeouts.module_stable_ms(), 60000U);
  EXPECT_EQ(timeouts.module_ask_again_ms(), 200U);
  EXPECT_EQ(timeouts.module_last_words_ms(), 1000U);
  EXPECT_EQ(timeouts.calls_stop_ms(), 2000U);
  EXPECT_EQ(timeouts.broker_stop_ms(), 30000U);
  EXPECT_EQ(timeouts.first_byte_ms(), 5000U);
  EXPECT_EQ(timeouts.session_grace_ms(), 120000U);
  EXPECT_EQ(timeouts.queue_retry_ms(), 500U);
  EXPECT_EQ(timeouts.queue_retry_max_ms(), 30000U);
  EXPECT_EQ(timeouts.package_upload_ms(), 600000U);
  EXPECT_FALSE(config->packages().require_signature());
  EXPECT_EQ(config->logging().format(), "text");
  EXPECT_EQ(config->logging().max_file_bytes(), 10485760U);
  EXPECT_EQ(config->logging().max_files(), 5U);
  EXPECT_EQ(config->logging().max_events_per_minute(), 10U);
}

// A field that was added to config.proto and forgotten here would be 0 or empty.
TEST(ConfigTest, NothingSaid_NoFieldIsLeftEmpty) {
  const auto config = ParseConfig("{}", Places());
  ASSERT_TRUE(config.ok());
  for (const google::protobuf::Message* message : {static_cast<const google::protobuf::Message*>(&*config),
                                                   static_cast<const google::protobuf::Message*>(&config->limits()),
                                                   static_cast<const google::protobuf::Message*>(&config->timeouts()),
                                                   static_cast<const google::protobuf::Message*>(&config->logging())}) {
    for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
      const auto* field = message->GetDescriptor()->field(i);
      // Absent, there is no such listener.
      if (field->name() == "remote" || field->name() == "metrics") continue;
      EXPECT_TRUE(message->GetReflection()->HasField(*message, field)) << field->full_name();
    }
  }
}

TEST(ConfigTest, QueueAndRestore_TheirDefaultsAndNoOtherWords) {
  const auto config = ParseConfig("{}", Places());
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->queue().mode(), "broker");
  EXPECT_EQ(config->restore().report(), "state");
  EXPECT_EQ(config->timeouts().journal_retry_ms(), 500U);
  EXPECT_EQ(ParseConfig(R"({"queue": {"mode": "cluster"}})", Places())->queue().mode(), "cluster");
  const absl::Status mode = ParseConfig(R"({"queue": {"mode": "cloud"}})", Places()).status();
  EXPECT_EQ(mode.message(), "queue.mode: must be one of broker, cluster, not \"cloud\"");
  const absl::Status report = ParseConfig(R"({"restore": {"report": "never"}})", Places()).status();
  EXPECT_EQ(report.message(), "restore.report: must be one of state, failed, not \"never\"");
}

TEST(ConfigTest, LimitOfAllRuns_IsThatOfAModuleAndOfADestinationUnlessTheySayMore) {
  const auto config = ParseConfig(R"({"limits": {"maxRunningOperations": 7, "maxRunningPerModule": 3}})", Places());
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->limits().max_running_per_module(), 3U);
  EXPECT_EQ(config->limits().max_running_per_destination(), 7U);
}

TEST(ConfigTest, WhatIsSaid_Holds) {
  const auto config = ParseConfig(R"({"logLevel": "trace", "limits": {"maxSessions": 3},
                                      "timeouts": {"broker_stop_ms": 5000}, "dataDirectory": "data/x"})",
                                  Places());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->log_level(), "trace");
  EXPECT_EQ(config->limits().max_sessions(), 3U);
  EXPECT_EQ(config->timeouts().broker_stop_ms(), 5000U);
  EXPECT_EQ(config->data_directory(), (Places().base / "data" / "x").u8string());
}

TEST(ConfigTest, EachFault_NamesItsKey) {
  EXPECT_THAT(Fault(R"({"limtis": {}})"), HasSubstr("limtis"));
  EXPECT_THAT(Fault(R"({"limits": {"maxSesions": 1}})"), HasSubstr("maxSesions"));
  EXPECT_THAT(Fault(R"({"limits": {"maxSessions": "many"}})"), HasSubstr("max"));
  EXPECT_THAT(Fault(R"({"limits": {"maxSessions": -1}})"), HasSubstr("max"));
  EXPECT_THAT(Fault(R"({"limits": {"maxSessions": 1.5}})"), HasSubstr("max"));
  EXPECT_THAT(Fault(R"({"limits": 7})"), HasSubstr("limits"));
  EXPECT_THAT(Fault(R"({"limits": {"maxInBufferBytes": 3145729}})"), StartsWith("limits.maxInBufferBytes:"));
  EXPECT_THAT(Fault(R"({"timeouts": {"moduleCallMs": 86400001}})"), StartsWith("timeouts.moduleCallMs:"));
  EXPECT_THAT(Fault(R"({"timeouts": {"brokerStopMs": 1}})"), StartsWith("timeouts.brokerStopMs:"));
  EXPECT_THAT(Fault(R"({"timeouts": {"queueRetryMs": 60000}})"), StartsWith("timeouts.queueRetryMs:"));
  EXPECT_THAT(Fault(R"({"timeouts": {"moduleRestartBackoffMs": 2, "moduleRestartBackoffMaxMs": 1}})"),
              StartsWith("timeouts.moduleRestartBackoffMs:"));
  EXPECT_THAT(Fault(R"({"logLevel": "loud"})"), StartsWith("logLevel:"));
  EXPECT_THAT(Fault(R"({"bridgeAddress": "unix:/x", "adminAddress": "unix:/x"})"), StartsWith("adminAddress:"));
  EXPECT_THAT(Fault(R"({"dataDirectory": "a\u0000b"})"), StartsWith("dataDirectory:"));
  Fault("{");
  Fault("");
}

TEST(ConfigTest, TrustedKeys_AreCheckedByTheirIndex) {
  EXPECT_TRUE(ParseConfig(R"({"packages": {"trustedKeys": ["11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
                                           "requireSignature": true}})",
                          Places())
                  .ok());
  EXPECT_THAT(Fault(R"({"packages": {"trustedKeys": ["11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "x"]}})"),
              StartsWith("packages.trustedKeys[1]: "));
  EXPECT_THAT(Fault(R"({"packages": {"requireSignature": true}})"), StartsWith("packages.requireSignature: "));
}

constexpr char kFiles[] = R"("certificateFile": "n.crt", "keyFile": "pki/n.key", "trustFile": "ca.crt")";

std::string Remote(const std::string& fields) { return absl::StrCat("{\"remote\": {", fields, "}}"); }

std::string Grant(const std::string& fields) { return Remote(absl::StrCat(kFiles, ", \"grants\": [{", fields, "}]")); }

TEST(ConfigTest, RemoteApi_HasItsDefaultsAndItsFilesBesideTheConfiguration) {
  EXPECT_FALSE(ParseConfig("{}", Places())->has_remote());
  EXPECT_FALSE(ParseConfig("{}", Places())->has_metrics());
  const auto config = ParseConfig(Remote(kFiles), Places());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->remote().address(), "0.0.0.0:7443");
  EXPECT_EQ(config->remote().certificate_file(), (Places().base / "n.crt").u8string());
  EXPECT_EQ(config->remote().key_file(), (Places().base / "pki" / "n.key").u8string());
  EXPECT_EQ(config->remote().trust_file(), (Places().base / "ca.crt").u8string());
  EXPECT_EQ(config->remote().revocation_file(), "");
  EXPECT_EQ(config->limits().max_remote_connections(), 256U);
  EXPECT_EQ(config->limits().max_connections_per_identity(), 32U);
  EXPECT_EQ(config->limits().max_handshakes(), 64U);
  EXPECT_EQ(config->limits().max_calls_per_second(), 100U);
  EXPECT_EQ(config->limits().max_streams_per_connection(), 100U);
  EXPECT_EQ(config->limits().max_audit_records(), 1000000U);
  EXPECT_EQ(config->limits().max_audit_days(), 365U);
  EXPECT_EQ(config->timeouts().tls_handshake_ms(), 5000U);
  EXPECT_EQ(config->timeouts().remote_idle_ms(), 300000U);
  EXPECT_EQ(config->timeouts().remote_age_ms(), 3600000U);
  EXPECT_EQ(config->timeouts().certificate_poll_ms(), 10000U);
  EXPECT_EQ(ParseConfig(R"({"metrics": {}})", Places())->metrics().address(), "127.0.0.1:9464");
}

TEST(ConfigTest, RemoteApi_EachFaultNamesItsKey) {
  EXPECT_THAT(Fault(Remote("")), StartsWith("remote.certificateFile: is required"));
  EXPECT_THAT(Fault(Remote(R"("certificateFile": "a")")), StartsWith("remote.keyFile: is required"));
  EXPECT_THAT(Fault(Remote(R"("certificateFile": "a", "keyFile": "b")")), StartsWith("remote.trustFile: is required"));
  for (const char* address : {"7443", "node:7443", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "::1:7443",
                              "[1.2.3.4]:7443", "[::1]", "1.2.3.4:7443 ", "1.2.3:7443"}) {
    EXPECT_THAT(Fault(Remote(absl::StrCat(kFiles, ", \"address\": \"", address, "\""))), StartsWith("remote.address:"));
    EXPECT_THAT(Fault(absl::StrCat("{\"metrics\": {\"address\": \"", address, "\"}}")), StartsWith("metrics.address:"));
  }
  for (const char* address : {"[::]:7443", "10.1.2.3:0", "[::1]:65535"}) {
    const auto config = ParseConfig(Remote(absl::StrCat(kFiles, ", \"address\": \"", address, "\"")), Places());
    EXPECT_TRUE(config.ok()) << config.status();
  }
  EXPECT_THAT(Fault(R"({"limits": {"maxHandshakes": 65537}})"), StartsWith("limits.maxHandshakes:"));
  EXPECT_THAT(Fault(R"({"limits": {"maxAuditRecords": 999}})"), StartsWith("limits.maxAuditRecords:"));
  EXPECT_THAT(Fault(R"({"timeouts": {"tlsHandshakeMs": 86400001}})"), StartsWith("timeouts.tlsHandshakeMs:"));
}

TEST(ConfigTest, Plaintext_IsForLoopbackAddressesAlone) {
  EXPECT_THAT(Fault(Remote(R"("plaintextOnLoopback": true)")), StartsWith("remote.plaintextOnLoopback:"));
  EXPECT_THAT(Fault(Remote(R"("plaintextOnLoopback": true, "address": "10.0.0.1:1")")),
              StartsWith("remote.plaintextOnLoopback:"));
  EXPECT_THAT(Fault(Remote(R"("plaintextOnLoopback": true, "address": "[::]:1")")),
              StartsWith("remote.plaintextOnLoopback:"));
  EXPECT_TRUE(ParseConfig(Remote(R"("plaintextOnLoopback": true, "address": "127.0.0.1:0")"), Places()).ok());
  EXPECT_TRUE(ParseConfig(Remote(R"("plaintextOnLoopback": true, "address": "[::1]:0")"), Places()).ok());
}

TEST(ConfigTest, Grants_HaveOneRoleAndOneNameEach) {
  const std::string digits(64, 'a');
  for (const std::string& name :
       {std::string(R"("subject": "CN=a")"), std::string(R"("uri": "spiffe://corp/ops/*")"),
        std::string(R"("dnsName": "n")"), std::string(R"("email": "a@b")"), "\"fingerprint\": \"" + digits + "\""}) {
    const auto config = ParseConfig(Grant(R"("role": "viewer", )" + name), Places());
    EXPECT_TRUE(config.ok()) << config.status();
  }
  EXPECT_THAT(Fault(Grant(R"("subject": "CN=a")")), StartsWith("remote.grants[0].role:"));
  EXPECT_THAT(Fault(Grant(R"("role": "root", "subject": "CN=a")")), StartsWith("remote.grants[0].role:"));
  EXPECT_THAT(Fault(Grant(R"("role": "admin")")), StartsWith("remote.grants[0]: needs exactly one"));
  EXPECT_THAT(Fault(Grant(R"("role": "admin", "subject": "CN=a", "email": "a@b")")),
              StartsWith("remote.grants[0]: needs exactly one"));
  EXPECT_THAT(Fault(Grant(R"("role": "admin", "fingerprint": "ab")")), StartsWith("remote.grants[0].fingerprint:"));
  EXPECT_THAT(Fault(Grant(R"("role": "admin", "fingerprint": ")" + std::string(64, 'g') + "\"")),
              StartsWith("remote.grants[0].fingerprint:"));
  EXPECT_THAT(Fault(Grant(R"("role": "admin", "uri": "spiffe://corp/*/a")")), StartsWith("remote.grants[0].uri:"));
  EXPECT_THAT(Fault(Grant(R"("role": "admin", "uri": "spiffe://corp*")")), StartsWith("remote.grants[0].uri:"));
}

TEST(ConfigTest, FaultsOnCommand_AreCheckedAndNeedTheirPermission) {
  const auto config = ParseConfig(
      R"({"faults": {"allowed": true, "armed": [{"point": "recover.load", "action": "CRASH_BEFORE", "after": 1}]}})",
      Places());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->faults().armed(0).after(), 1U);
  EXPECT_FALSE(ParseConfig("{}", Places())->faults().allowed());
  EXPECT_THAT(Fault(R"({"faults": {"armed": [{"point": "recover.load", "action": "CRASH_BEFORE"}]}})"),
              StartsWith("faults.armed: needs faults.allowed"));
  EXPECT_THAT(Fault(R"({"faults": {"allowed": true, "armed": [{"point": "nowhere", "action": "ERROR"}]}})"),
              StartsWith("faults.armed[0].point:"));
  EXPECT_THAT(Fault(R"({"faults": {"allowed": true, "armed": [{"point": "recover.done", "action": "ERROR"}]}})"),
              StartsWith("faults.armed[0].action:"));
  EXPECT_THAT(Fault(R"({"faults": {"allowed": true, "armed": [
                        {"point": "recover.load", "action": "DELAY_BEFORE", "delayMs": 60001}]}})"),
              StartsWith("faults.armed[0].delay_ms:"));
}

TEST(ConfigTest, FaultOfAFile_BeginsWithItsName) {
  testing::TemporaryFolder folder;
  const auto file = folder.path() / "broker.json";
  EXPECT_TRUE(absl::IsNotFound(LoadConfig(file).status()));
  testing::WriteFile(file, R"({"logLevel": "loud"})");
  EXPECT_THAT(std::string(LoadConfig(file).status().message()),
              AllOf(StartsWith(file.u8string()), HasSubstr("logLevel")));
  testing::WriteFile(file, R"({"dataDirectory": "here"})");
  const auto config = LoadConfig(file);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->data_directory(), (folder.path() / "here").u8string());
  testing::WriteFile(file, std::string(2 << 20, ' '));
  EXPECT_FALSE(LoadConfig(file).ok());
}

}  // namespace
}  // namespace resource_broker::broker
