#include "broker_service/host/config.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

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
}

// A field that was added to config.proto and forgotten here would be 0 or empty.
TEST(ConfigTest, NothingSaid_NoFieldIsLeftEmpty) {
  const auto config = ParseConfig("{}", Places());
  ASSERT_TRUE(config.ok());
  for (const google::protobuf::Message* message :
       {static_cast<const google::protobuf::Message*>(&*config),
        static_cast<const google::protobuf::Message*>(&config->limits()),
        static_cast<const google::protobuf::Message*>(&config->timeouts())}) {
    for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
      const auto* field = message->GetDescriptor()->field(i);
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
