// The configuration of a running broker: shown, checked, loaded again.
#include "broker_service/api/testing/broker_fixture.h"
#include "broker_service/host/config.h"
#include "broker_service/log.h"
#include "google/protobuf/util/json_util.h"
#include "resource_broker/v1/configuration.grpc.pb.h"
#include "resource_broker/v1/queue.grpc.pb.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ConfigurationServiceTest : public BrokerTest {
 protected:
  void SetUp() override {
    WriteConfig(config_);
    Start();
    ASSERT_FALSE(HasFatalFailure());
    configuration_ = v1::Configuration::NewStub(admin_channel_);
  }
  void TearDown() override { SetLogLevel(LogLevel::kError); }

  static std::string Json(const v1::BrokerConfig& config) {
    std::string json;
    EXPECT_TRUE(google::protobuf::util::MessageToJsonString(config, &json).ok());
    return json;
  }
  void WriteConfig(const v1::BrokerConfig& config) { WriteFile(config_file_, Json(config)); }
  v1::ConfigurationCheck Reload() {
    v1::ConfigurationCheck check;
    EXPECT_TRUE(configuration_->ReloadConfiguration(Context().get(), {}, &check).ok());
    return check;
  }
  v1::ConfigurationCheck Validate(const std::string& json) {
    v1::ValidateConfigurationRequest request;
    request.set_json(json);
    v1::ConfigurationCheck check;
    EXPECT_TRUE(configuration_->ValidateConfiguration(Context().get(), request, &check).ok());
    return check;
  }
  v1::BrokerConfig InForce() {
    v1::GetConfigurationResponse response;
    EXPECT_TRUE(configuration_->GetConfiguration(Context().get(), {}, &response).ok());
    file_ = response.file();
    v1::BrokerConfig config;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(response.json(), &config).ok());
    return config;
  }

  std::unique_ptr<v1::Configuration::Stub> configuration_;
  std::string file_;
};

TEST_F(ConfigurationServiceTest, Shown_IsWhatIsInForceWithEveryDefault) {
  const v1::BrokerConfig shown = InForce();
  EXPECT_EQ(shown.SerializeAsString(), config_.SerializeAsString());
  EXPECT_GT(shown.timeouts().slow_step_ms(), 0U);
  EXPECT_EQ(file_, config_file_.u8string());
}

TEST_F(ConfigurationServiceTest, LiveKeysChanged_AreInForceAndTheOthersNamed) {
  v1::BrokerConfig changed = config_;
  changed.set_log_level("warning");
  changed.mutable_limits()->set_max_running_per_module(7);
  changed.mutable_limits()->set_max_sessions(3);
  changed.mutable_logging()->set_format("json");
  changed.mutable_logging()->set_max_files(3);
  changed.mutable_metrics()->set_address("127.0.0.1:0");
  const v1::ConfigurationCheck would = Validate(Json(changed));
  WriteConfig(changed);
  const v1::ConfigurationCheck check = Reload();
  EXPECT_EQ(would.SerializeAsString(), check.SerializeAsString());
  EXPECT_EQ(check.error(), "");
  EXPECT_THAT(check.live(), ElementsAre("logLevel", "limits.maxRunningPerModule", "logging.format"));
  EXPECT_THAT(check.needs_restart(), ElementsAre("limits.maxSessions", "logging.maxFiles", "metrics"));
  EXPECT_TRUE(LogEnabled(LogLevel::kWarning));
  v1::QueueStatus queue;
  ASSERT_TRUE(v1::Queue::NewStub(admin_channel_)->GetQueue(Context().get(), {}, &queue).ok());
  EXPECT_EQ(queue.limits().max_running_per_module(), 7U);
  EXPECT_FALSE(queue.limits_overridden());
  const v1::BrokerConfig shown = InForce();
  EXPECT_EQ(shown.limits().max_running_per_module(), 7U);
  EXPECT_EQ(shown.limits().max_sessions(), config_.limits().max_sessions());
  EXPECT_FALSE(shown.has_metrics());
  // What was taken over differs no more.
  EXPECT_THAT(Reload().live(), IsEmpty());
  EXPECT_THAT(door_.RecordsOf("Configuration.ReloadConfiguration"), SizeIs(2));
}

TEST_F(ConfigurationServiceTest, WrongFile_ChangesNothingAndSaysWhy) {
  v1::BrokerConfig wrong = config_;
  wrong.set_log_level("warning");
  wrong.mutable_timeouts()->set_broker_stop_ms(1);
  WriteConfig(wrong);
  EXPECT_THAT(Reload().error(), HasSubstr("timeouts.brokerStopMs"));
  WriteFile(config_file_, R"({"logLevel": "warning", "nonsense": 1})");
  EXPECT_THAT(Reload().error(), HasSubstr("nonsense"));
  EXPECT_FALSE(LogEnabled(LogLevel::kWarning));
  EXPECT_EQ(InForce().SerializeAsString(), config_.SerializeAsString());
  const auto records = door_.RecordsOf("Configuration.ReloadConfiguration");
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_FALSE(records[0].outcome.ok());
}

TEST_F(ConfigurationServiceTest, ReloadAfterOtherLimitsWereSet_TheConfigurationsHoldAgain) {
  const auto queue = v1::Queue::NewStub(admin_channel_);
  v1::SetQueueLimitsRequest limits;
  limits.mutable_limits()->set_max_running_operations(5);
  v1::QueueStatus status;
  ASSERT_TRUE(queue->SetQueueLimits(Context().get(), limits, &status).ok());
  Reload();
  ASSERT_TRUE(queue->GetQueue(Context().get(), {}, &status).ok());
  EXPECT_FALSE(status.limits_overridden());
  EXPECT_EQ(status.limits().max_running_operations(), config_.limits().max_running_operations());
}

TEST_F(ConfigurationServiceTest, WhatIsWrongWithAText_IsTheAnswer) {
  EXPECT_THAT(Validate(R"({"limits": {"maxSessions": 5000}})").error(), HasSubstr("limits.maxSessions"));
  v1::ValidateConfigurationRequest request;
  request.set_json(std::string((1 << 20) + 1, ' '));
  v1::ConfigurationCheck check;
  EXPECT_EQ(configuration_->ValidateConfiguration(Context().get(), request, &check).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace resource_broker::broker::testing
