#include "bridge_dll/resource_key.h"

#include <gtest/gtest.h>

#include "bridge_dll/testing/fake_cluster_registry.h"

namespace resource_broker::bridge {
namespace {

using testing::FakeKey;

const ClusterRegistry kRegistry{ClusterRegOpenKey, ClusterRegCloseKey, ClusterRegEnumValue, ClusterRegQueryValue};

class ResourceKeyTest : public ::testing::Test {
 protected:
  ResourceKeyTest() { resource.subkeys[u"Parameters"] = std::make_unique<FakeKey>(); }

  Properties Read() { return ResourceKey(&kRegistry, resource.handle()).ReadProperties(&complaints); }
  FakeKey& parameters() { return *resource.subkeys[u"Parameters"]; }

  FakeKey resource;
  std::vector<std::string> complaints;
};

TEST_F(ResourceKeyTest, ReadsPropertiesOfEveryType) {
  parameters().SetText(u"Gr\u00F6\u00DFe", u"7 GB");
  parameters().SetNumber(u"Count", 7);
  parameters().Set(u"Long", resapi::REG_TYPE_BINARY, std::vector<uint8_t>(100000, 5));
  const Properties properties = Read();
  EXPECT_TRUE(complaints.empty());
  ASSERT_EQ(properties.size(), 3U);
  EXPECT_EQ(properties
                .find("Gr\xC3\xB6\xC3\x9F"
                      "e")
                ->second.text(),
            "7 GB");
  EXPECT_EQ(properties.find("count")->second.number(), 7U);
  EXPECT_EQ(properties.find("Long")->second.binary().size(), 100000U);
}

TEST_F(ResourceKeyTest, ReadsWhatChangedSinceItWasOpened) {
  const ResourceKey key(&kRegistry, resource.handle());
  EXPECT_TRUE(key.ReadProperties(&complaints).empty());
  parameters().SetNumber(u"New", 1);
  EXPECT_EQ(key.ReadProperties(&complaints).size(), 1U);
}

TEST_F(ResourceKeyTest, ReadsPendingTimeoutAndTypeFromTheResourcesOwnKey) {
  EXPECT_EQ(ResourceKey(&kRegistry, resource.handle()).pending_timeout(), kDefaultPendingTimeout);
  resource.SetNumber(u"PendingTimeout", 45000);
  resource.SetText(u"Type", u"Resource Broker X");
  const ResourceKey key(&kRegistry, resource.handle());
  EXPECT_EQ(key.pending_timeout().count(), 45000);
  EXPECT_EQ(key.type(), "Resource Broker X");
  resource.SetNumber(u"PendingTimeout", 0);
  EXPECT_EQ(ResourceKey(&kRegistry, resource.handle()).pending_timeout().count(), 10);
}

TEST_F(ResourceKeyTest, TooLargeProperty_IsLeftOutAndNamed) {
  parameters().SetNumber(u"Before", 1);
  parameters().Set(u"Huge", resapi::REG_TYPE_BINARY, std::vector<uint8_t>((256 << 10) + 1));
  parameters().SetNumber(u"After", 2);
  EXPECT_EQ(Read().size(), 2U);
  EXPECT_EQ(complaints.size(), 1U);
}

TEST_F(ResourceKeyTest, TooManyProperties_AreCutAt512) {
  for (int i = 0; i < 512; ++i) {
    const std::string name = std::to_string(i);
    parameters().SetNumber(std::u16string(name.begin(), name.end()), 1);
  }
  EXPECT_EQ(Read().size(), 512U);
  EXPECT_TRUE(complaints.empty());
  parameters().SetNumber(u"one more", 1);
  EXPECT_EQ(Read().size(), 512U);
  EXPECT_EQ(complaints.size(), 1U);
}

TEST_F(ResourceKeyTest, TooManyBytes_AreCut) {
  for (char16_t i = 0; i < 10; ++i) {
    parameters().Set({char16_t(u'a' + i)}, resapi::REG_TYPE_BINARY, std::vector<uint8_t>(200 << 10));
  }
  EXPECT_EQ(Read().size(), 5U);
  EXPECT_EQ(complaints.size(), 1U);
}

TEST_F(ResourceKeyTest, NameThatIsNotUtf16_IsLeftOutAndNamed) {
  parameters().SetNumber({u'x', 0xD800}, 1);
  EXPECT_TRUE(Read().empty());
  EXPECT_EQ(complaints.size(), 1U);
}

TEST_F(ResourceKeyTest, RegistryThatFails_IsNamed) {
  parameters().SetNumber(u"x", 1);
  parameters().fault = 5;
  EXPECT_TRUE(Read().empty());
  EXPECT_EQ(complaints.size(), 1U);
}

TEST_F(ResourceKeyTest, WithoutRegistryKeyOrParameters_ThereAreNoProperties) {
  EXPECT_TRUE(ResourceKey(nullptr, resource.handle()).ReadProperties(&complaints).empty());
  EXPECT_TRUE(ResourceKey(&kRegistry, nullptr).ReadProperties(&complaints).empty());
  resource.subkeys.clear();
  EXPECT_TRUE(ResourceKey(&kRegistry, resource.handle()).ReadProperties(&complaints).empty());
  EXPECT_TRUE(complaints.empty());
}

}  // namespace
}  // namespace resource_broker::bridge
