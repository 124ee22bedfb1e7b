#include "clients/rhs_host/clusapi/cluster_registry.h"

#include <string>
#include <vector>

#include "clients/rhs_host/clusapi/property.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

using resapi::BYTE;
using resapi::DWORD;
using resapi::HKEY;
using resapi::WCHAR;
using ::testing::ElementsAre;

class ClusterRegistryTest : public ::testing::Test {
 protected:
  ClusterRegistryTest() {
    EXPECT_TRUE(registry_.DefineResource("r1", "Resource Broker", 1500).ok());
    Set("Module=generic_service");
    Set("Retries:dword=5");
    key_ = registry_.OpenResourceKey("r1");
    EXPECT_EQ(registry_.OpenKey(key_, RESAPI_TEXT("Parameters"), &parameters_), win32::kSuccess);
  }

  void Set(const char* text) { registry_.SetProperty("r1", *ParseProperty(text)); }

  ClusterRegistry registry_;
  HKEY key_ = nullptr;
  HKEY parameters_ = nullptr;
};

TEST_F(ClusterRegistryTest, OwnKeyHoldsNameTypeAndPendingTimeout) {
  WCHAR text[16] = {};
  DWORD type = 0;
  DWORD size = sizeof(text);
  ASSERT_EQ(registry_.QueryValue(key_, RESAPI_TEXT("Name"), &type, reinterpret_cast<BYTE*>(text), &size),
            win32::kSuccess);
  EXPECT_EQ(type, 1u);
  EXPECT_EQ(size, 6u) << "two characters and the NUL";
  EXPECT_EQ(std::u16string(text, text + 3), std::u16string(u"r1\0", 3));
  DWORD timeout = 0;
  size = sizeof(timeout);
  ASSERT_EQ(registry_.QueryValue(key_, RESAPI_TEXT("pendingTIMEOUT"), &type, reinterpret_cast<BYTE*>(&timeout), &size),
            win32::kSuccess);
  EXPECT_EQ(type, 4u);
  EXPECT_EQ(timeout, 1500u);
}

TEST_F(ClusterRegistryTest, QueryWithoutABufferAnswersTheSize) {
  DWORD size = 77;
  EXPECT_EQ(registry_.QueryValue(parameters_, RESAPI_TEXT("Module"), nullptr, nullptr, &size), win32::kSuccess);
  EXPECT_EQ(size, 2u * 16);
}

TEST_F(ClusterRegistryTest, QueryWithASmallBufferAnswersTheSizeAndLeavesTheBuffer) {
  BYTE buffer[31];
  std::fill(std::begin(buffer), std::end(buffer), 0xAB);
  DWORD size = sizeof(buffer);
  EXPECT_EQ(registry_.QueryValue(parameters_, RESAPI_TEXT("Module"), nullptr, buffer, &size), win32::kMoreData);
  EXPECT_EQ(size, 32u);
  EXPECT_THAT(std::vector<BYTE>(std::begin(buffer), std::end(buffer)), ::testing::Each(0xAB));
}

TEST_F(ClusterRegistryTest, QueryOfABufferWithoutItsSizeIsRefused) {
  BYTE buffer[64];
  EXPECT_EQ(registry_.QueryValue(parameters_, RESAPI_TEXT("Module"), nullptr, buffer, nullptr),
            win32::kInvalidParameter);
}

TEST_F(ClusterRegistryTest, QueryOfAMissingValueIsNotFound) {
  DWORD size = 0;
  EXPECT_EQ(registry_.QueryValue(parameters_, RESAPI_TEXT("Missing"), nullptr, nullptr, &size), win32::kFileNotFound);
}

TEST_F(ClusterRegistryTest, EnumerationEndsWithNoMoreItems) {
  std::vector<std::u16string> names;
  for (DWORD index = 0;; ++index) {
    WCHAR name[32];
    DWORD chars = 32;
    const uint32_t code = registry_.EnumValue(parameters_, index, name, &chars, nullptr, nullptr, nullptr);
    if (code == win32::kNoMoreItems) break;
    ASSERT_EQ(code, win32::kSuccess);
    EXPECT_EQ(name[chars], 0) << "the length is without the NUL, which is there";
    names.emplace_back(name, name + chars);
  }
  EXPECT_THAT(names, ElementsAre(u"Module", u"Retries"));
}

TEST_F(ClusterRegistryTest, EnumerationCountsTheNulInTheNameBuffer) {
  WCHAR name[7] = {};
  DWORD chars = 6;  // "Module" without room for its NUL
  EXPECT_EQ(registry_.EnumValue(parameters_, 0, name, &chars, nullptr, nullptr, nullptr), win32::kMoreData);
  EXPECT_EQ(chars, 6u);
  chars = 7;
  EXPECT_EQ(registry_.EnumValue(parameters_, 0, name, &chars, nullptr, nullptr, nullptr), win32::kSuccess);
  EXPECT_EQ(chars, 6u);
}

TEST_F(ClusterRegistryTest, EnumerationAnswersBothSizesWhenTheDataIsTooLong) {
  WCHAR name[32];
  DWORD chars = 32;
  BYTE data[4];
  DWORD size = sizeof(data);
  EXPECT_EQ(registry_.EnumValue(parameters_, 0, name, &chars, nullptr, data, &size), win32::kMoreData);
  EXPECT_EQ(size, 32u);
}

TEST_F(ClusterRegistryTest, SubkeysAreEnumeratedAndOpenedByPathAndByEmptyName) {
  WCHAR name[32];
  DWORD chars = 32;
  EXPECT_EQ(registry_.EnumKey(key_, 0, name, &chars, nullptr), win32::kSuccess);
  EXPECT_EQ(std::u16string(name, name + chars), u"Parameters");
  EXPECT_EQ(registry_.EnumKey(key_, 1, name, &chars, nullptr), win32::kNoMoreItems);
  HKEY same = nullptr;
  EXPECT_EQ(registry_.OpenKey(key_, RESAPI_TEXT(""), &same), win32::kSuccess);
  EXPECT_NE(same, key_) << "a handle of its own";
  HKEY none = nullptr;
  EXPECT_EQ(registry_.OpenKey(key_, RESAPI_TEXT("Parameters\\Deeper"), &none), win32::kFileNotFound);
  EXPECT_EQ(registry_.OpenKey(key_, RESAPI_TEXT("\\Parameters"), &none), win32::kInvalidParameter);
  EXPECT_EQ(registry_.OpenKey(key_, nullptr, &none), win32::kInvalidParameter);
}

TEST_F(ClusterRegistryTest, InfoCountsCharactersWithoutAndBytesWithTheNul) {
  DWORD subkeys = 9;
  DWORD values = 9;
  DWORD name_chars = 9;
  DWORD value_bytes = 9;
  ASSERT_EQ(
      registry_.QueryInfoKey(parameters_, &subkeys, nullptr, &values, &name_chars, &value_bytes, nullptr, nullptr),
      win32::kSuccess);
  EXPECT_EQ(subkeys, 0u);
  EXPECT_EQ(values, 2u);
  EXPECT_EQ(name_chars, 7u);
  EXPECT_EQ(value_bytes, 32u);
}

TEST_F(ClusterRegistryTest, APropertyChangedLaterIsSeenByAnOpenHandle) {
  Set("module=generic_process");
  DWORD size = 0;
  EXPECT_EQ(registry_.QueryValue(parameters_, RESAPI_TEXT("Module"), nullptr, nullptr, &size), win32::kSuccess);
  EXPECT_EQ(size, 2u * 16);
  DWORD values = 0;
  registry_.QueryInfoKey(parameters_, nullptr, nullptr, &values, nullptr, nullptr, nullptr, nullptr);
  EXPECT_EQ(values, 2u) << "replaced, not added";
}

TEST_F(ClusterRegistryTest, ClosedForeignAndNullHandlesAreRefused) {
  EXPECT_EQ(registry_.CloseKey(parameters_), win32::kSuccess);
  EXPECT_EQ(registry_.CloseKey(parameters_), win32::kInvalidHandle);
  DWORD size = 0;
  EXPECT_EQ(registry_.QueryValue(parameters_, RESAPI_TEXT("Module"), nullptr, nullptr, &size), win32::kInvalidHandle);
  EXPECT_EQ(registry_.QueryValue(reinterpret_cast<HKEY>(this), RESAPI_TEXT("Module"), nullptr, nullptr, &size),
            win32::kInvalidHandle);
  HKEY result = nullptr;
  EXPECT_EQ(registry_.OpenKey(nullptr, RESAPI_TEXT("Parameters"), &result), win32::kInvalidHandle);
}

TEST_F(ClusterRegistryTest, TheHostLearnsOfKeysLeftOpenAndOfItsOwnClosed) {
  ClusterRegistry::Returned returned = registry_.CloseResourceKey(key_);
  EXPECT_FALSE(returned.was_closed);
  EXPECT_EQ(returned.leaked, 1);
  EXPECT_EQ(registry_.CloseKey(parameters_), win32::kInvalidHandle);
  HKEY again = registry_.OpenResourceKey("r1");
  registry_.CloseKey(again);
  EXPECT_TRUE(registry_.CloseResourceKey(again).was_closed);
  EXPECT_EQ(registry_.OpenResourceKey("r2"), nullptr);
}

TEST(Property, TypesAreStoredAsTheRegistryDoes) {
  EXPECT_EQ(ParseProperty("A=x=y")->data, (std::vector<uint8_t>{'x', 0, '=', 0, 'y', 0, 0, 0}));
  EXPECT_EQ(ParseProperty("A:dword=0x01020304")->data, (std::vector<uint8_t>{4, 3, 2, 1}));
  EXPECT_EQ(ParseProperty("A:qword=0x0102030405060708")->data, (std::vector<uint8_t>{8, 7, 6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(ParseProperty("A:multi=a;b")->data, (std::vector<uint8_t>{'a', 0, 0, 0, 'b', 0, 0, 0, 0, 0}));
  EXPECT_EQ(ParseProperty("A:multi=")->data, (std::vector<uint8_t>{0, 0}));
  EXPECT_EQ(ParseProperty("A:binary=00fF")->data, (std::vector<uint8_t>{0x00, 0xFF}));
  EXPECT_EQ(ParseProperty("A:expand=%X%")->type, RegistryType::kExpandText);
}

TEST(Property, RubbishIsRefused) {
  for (const char* text : {"A", "=x", ":dword=1", "A:dword=x", "A:dword=4294967296", "A:binary=0", "A:binary=xx",
                           "A:word=1", "A=\xFF", "\xFF=a"}) {
    EXPECT_FALSE(ParseProperty(text).ok()) << text;
  }
  for (const char* text : {"r1", "r1=x", ":A=x", "A=x:y"}) EXPECT_FALSE(ParseResourceProperty(text).ok()) << text;
  EXPECT_EQ(ParseResourceProperty("r1:A:dword=1")->resource, "r1");
}

TEST_F(ClusterRegistryTest, ValuesAndKeysAreWrittenReadAndDeleted) {
  ASSERT_TRUE(registry_.DefineResource("written", "Type", 1000).ok());
  const HKEY root = registry_.OpenResourceKey("written");
  HKEY key = nullptr;
  DWORD disposition = 0;
  ASSERT_EQ(registry_.CreateKey(root, RESAPI_TEXT("State"), &key, &disposition), win32::kSuccess);
  EXPECT_EQ(disposition, 1);
  const resapi::BYTE bytes[] = {1, 2, 3};
  EXPECT_EQ(registry_.SetValue(key, RESAPI_TEXT("Mark"), resapi::REG_TYPE_BINARY, bytes, 3), win32::kSuccess);
  DWORD size = 0;
  EXPECT_EQ(registry_.QueryValue(key, RESAPI_TEXT("mark"), nullptr, nullptr, &size), win32::kSuccess);
  EXPECT_EQ(size, 3);
  EXPECT_EQ(registry_.DeleteValue(key, RESAPI_TEXT("Mark")), win32::kSuccess);
  EXPECT_EQ(registry_.DeleteValue(key, RESAPI_TEXT("Mark")), win32::kFileNotFound);
  EXPECT_EQ(registry_.use().writes, 3);
  EXPECT_EQ(registry_.use().reads, 1);
  ASSERT_EQ(registry_.CreateKey(root, RESAPI_TEXT("State"), &key, &disposition), win32::kSuccess);
  EXPECT_EQ(disposition, 2);
  registry_.CloseResourceKey(root);
}

TEST_F(ClusterRegistryTest, ResourcesAreFoundBelowTheRootByTheirNames) {
  ASSERT_TRUE(registry_.DefineResource("found", "Type", 1000).ok());
  HKEY key = nullptr;
  EXPECT_EQ(registry_.OpenKey(registry_.OpenRootKey(), RESAPI_TEXT("Resources\\found\\Parameters"), &key),
            win32::kSuccess);
  EXPECT_NE(registry_.OpenKeyOfResource(RESAPI_TEXT("FOUND")), nullptr);
  EXPECT_EQ(registry_.OpenKeyOfResource(RESAPI_TEXT("other")), nullptr);
}

}  // namespace
}  // namespace resource_broker::rhs_host
