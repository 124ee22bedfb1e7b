#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "resource_modules/testing/module_program.h"

namespace resource_broker {
namespace {

using ::testing::HasSubstr;

TEST(GenericServiceTest, WithoutSystemd_FailsAndSaysWhy) {
  if (std::filesystem::exists("/run/systemd/system")) GTEST_SKIP() << "systemd runs here";
  testing::ModuleProgram module("generic_service");
  module.Set("ServiceName", "cron");
  for (v1::OperationKind kind : {v1::ONLINE, v1::OFFLINE}) {
    testing::Outcome outcome = module.Execute(module.Request(kind, "r1"));
    EXPECT_EQ(outcome.result().outcome(), v1::OUTCOME_FAILED);
    EXPECT_EQ(outcome.result().win32_code(), 50);
    EXPECT_THAT(outcome.result().message(), HasSubstr("service cron"));
    EXPECT_THAT(outcome.result().message(), HasSubstr("systemd does not run"));
  }
  EXPECT_EQ(module.CheckHealth("r1"), v1::DEAD);
}

TEST(GenericServiceTest, ServiceNameMissing_FailsAndNamesIt) {
  testing::ModuleProgram module("generic_service");
  testing::Outcome outcome = module.Online("r1");
  EXPECT_EQ(outcome.result().win32_code(), 87);
  EXPECT_THAT(outcome.result().message(), HasSubstr("ServiceName"));
}

}  // namespace
}  // namespace resource_broker
