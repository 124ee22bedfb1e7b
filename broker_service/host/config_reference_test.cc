#include "broker_service/host/testing/config_reference.h"

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "broker_service/host/config_rules.h"
#include "broker_service/host/live_keys.h"

namespace resource_broker::broker::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

class ConfigReferenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    google::protobuf::FileDescriptorSet contracts;
    std::ifstream stream(RESOURCE_BROKER_CONTRACTS, std::ios::binary);
    ASSERT_TRUE(contracts.ParseFromIstream(&stream));
    for (const auto& contract : contracts.file()) pool_.BuildFile(contract);
    config_ = pool_.FindMessageTypeByName("resource_broker.v1.BrokerConfig");
    ASSERT_NE(config_, nullptr);
  }

  static const FieldDescriptor* FindKey(const Descriptor& type, const std::string& key) {
    const size_t dot = key.find('.');
    const FieldDescriptor* field = type.FindFieldByCamelcaseName(key.substr(0, dot));
    if (field == nullptr || dot == std::string::npos) return field;
    return FindKey(*field->message_type(), key.substr(dot + 1));
  }

  google::protobuf::DescriptorPool pool_;
  const Descriptor* config_ = nullptr;
};

// RESOURCE_BROKER_GOLDEN=write makes the file anew.
TEST_F(ConfigReferenceTest, Document_IsMadeOfTheContract) {
  const std::string file = std::string(RESOURCE_BROKER_SOURCES) + "/docs/configuration.md";
  const std::string reference = ConfigReference(*config_);
  const char* golden = getenv("RESOURCE_BROKER_GOLDEN");
  if (golden != nullptr && std::string(golden) == "write") std::ofstream(file, std::ios::binary) << reference;
  std::ifstream stream(file, std::ios::binary);
  const std::string found{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  EXPECT_EQ(found, reference) << "docs/configuration.md is not what config.proto says";
}

TEST_F(ConfigReferenceTest, EveryKeyOfARule_IsOneOfTheContract) {
  for (const NumberRule& rule : NumberRules()) {
    const FieldDescriptor* field = FindKey(*config_, std::string(rule.key));
    ASSERT_NE(field, nullptr) << rule.key;
    EXPECT_EQ(field->cpp_type(), FieldDescriptor::CPPTYPE_UINT32) << rule.key;
    EXPECT_TRUE(rule.fallback == 0 || (rule.least <= rule.fallback && rule.fallback <= rule.most)) << rule.key;
  }
  for (const WordRule& rule : WordRules()) EXPECT_NE(FindKey(*config_, rule.key), nullptr) << rule.key;
  for (const std::string& key : LiveKeys()) EXPECT_NE(FindKey(*config_, key), nullptr) << key;
}

// What is documented as a number without a range would be one that anything goes for.
TEST_F(ConfigReferenceTest, EveryNumberAndKey_HasARuleAndAComment) {
  for (const char* section : {"limits", "timeouts", "modules", "logging"}) {
    const Descriptor& type = *FindKey(*config_, section)->message_type();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      google::protobuf::SourceLocation place;
      EXPECT_TRUE(field.GetSourceLocation(&place) && !place.leading_comments.empty()) << field.full_name();
      if (field.cpp_type() != FieldDescriptor::CPPTYPE_UINT32) continue;
      EXPECT_NE(RangeOf(std::string(section) + "." + field.json_name()), "") << field.full_name();
    }
  }
}

}  // namespace
}  // namespace resource_broker::broker::testing
