#include "bridge_dll/settings.h"

#include <gtest/gtest.h>

#include "bridge_dll/broker_address.h"

namespace resource_broker::bridge {
namespace {

v1::PropertyValue Text(const std::string& text) {
  v1::PropertyValue value;
  value.set_text(text);
  return value;
}

v1::PropertyValue Number(uint32_t number) {
  v1::PropertyValue value;
  value.set_number(number);
  return value;
}

TEST(Settings, WithoutProperties_AreTheDefaults) {
  std::vector<std::string> complaints;
  const Settings settings = SettingsFrom({}, &complaints);
  EXPECT_TRUE(complaints.empty());
  EXPECT_EQ(settings.module, "");
  EXPECT_EQ(settings.address, DefaultBrokerAddress());
  EXPECT_EQ(settings.call_budget.count(), 250);
  EXPECT_EQ(settings.terminate_budget.count(), 2000);
  EXPECT_EQ(settings.close_budget.count(), 250);
  EXPECT_EQ(settings.reconnect_timeout.count(), 300000);
  EXPECT_EQ(settings.call_timeout.count(), 5000);
  EXPECT_EQ(settings.max_in_buffer_bytes, 1048576U);
}

TEST(Settings, AllowedValues_AreTakenWhateverTheCaseOfTheirNames) {
  std::vector<std::string> complaints;
  v1::PropertyValue big;
  big.set_big_number(7000);
  const Settings settings = SettingsFrom({{"MODULE", Text("generic_service_2")},
                                          {"callbudgetms", Number(100)},
                                          {"TerminateBudgetMs", Text("0")},
                                          {"CloseBudgetMs", Number(60000)},
                                          {"ReconnectTimeoutMs", big},
                                          {"CallTimeoutMs", Number(500)},
                                          {"MaxInBufferBytes", Number(3145728)}},
                                         &complaints);
  EXPECT_TRUE(complaints.empty());
  EXPECT_EQ(settings.module, "generic_service_2");
  EXPECT_EQ(settings.call_budget.count(), 100);
  EXPECT_EQ(settings.terminate_budget.count(), 0);
  EXPECT_EQ(settings.close_budget.count(), 60000);
  EXPECT_EQ(settings.reconnect_timeout.count(), 7000);
  EXPECT_EQ(settings.call_timeout.count(), 500);
  EXPECT_EQ(settings.max_in_buffer_bytes, 3145728U);
}

TEST(Settings, ValuesOutOfRange_AreNamedAndTheDefaultTaken) {
  std::vector<std::string> complaints;
  const Settings settings = SettingsFrom(
      {{"CallBudgetMs", Number(99)}, {"ReconnectTimeoutMs", Text("soon")}, {"MaxInBufferBytes", Number(3145729)}},
      &complaints);
  EXPECT_EQ(settings.call_budget.count(), 250);
  EXPECT_EQ(settings.reconnect_timeout.count(), 300000);
  EXPECT_EQ(settings.max_in_buffer_bytes, 1048576U);
  ASSERT_EQ(complaints.size(), 3U);
  EXPECT_EQ(complaints[0], "CallBudgetMs = 99 is not a number from 100 to 60000; 250 is used");
  EXPECT_EQ(complaints[1], "ReconnectTimeoutMs = \"soon\" is not a number from 1000 to 86400000; 300000 is used");
}

TEST(Settings, ModuleThatIsNoName_IsNamedAndNotUsed) {
  for (const std::string& name : {std::string("../evil"), std::string("Service"), std::string(65, 'a')}) {
    std::vector<std::string> complaints;
    EXPECT_EQ(SettingsFrom({{"Module", Text(name)}}, &complaints).module, "");
    EXPECT_EQ(complaints.size(), 1U) << name;
  }
}

TEST(Settings, PipeNameThatIsNone_IsNamedAndTheDefaultTaken) {
  std::vector<std::string> complaints;
  EXPECT_EQ(SettingsFrom({{"PipeName", Text("npipe://server/pipe/x")}}, &complaints).address, DefaultBrokerAddress());
  EXPECT_EQ(complaints.size(), 1U);
  complaints.clear();
  EXPECT_EQ(SettingsFrom({{"PipeName", Number(5)}}, &complaints).address, DefaultBrokerAddress());
  EXPECT_EQ(complaints.size(), 1U);
}

}  // namespace
}  // namespace resource_broker::bridge
