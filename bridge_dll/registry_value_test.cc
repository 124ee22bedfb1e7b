#include "bridge_dll/registry_value.h"

#include <gtest/gtest.h>

#include <cstring>

namespace resource_broker::bridge {
namespace {

std::vector<uint8_t> Bytes(const std::u16string& units) {
  std::vector<uint8_t> bytes(units.size() * 2);
  if (!units.empty()) std::memcpy(bytes.data(), units.data(), bytes.size());
  return bytes;
}

TEST(RegistryValue, TextEndsAtItsZeroOrItsEnd) {
  EXPECT_EQ(PropertyFromRegistry(resapi::REG_TYPE_SZ, Bytes(std::u16string(u"\u00E4b\0c", 4))).text(),
            "\xC3\xA4"
            "b");
  EXPECT_EQ(PropertyFromRegistry(resapi::REG_TYPE_SZ, Bytes(u"ab")).text(), "ab");
  EXPECT_EQ(PropertyFromRegistry(resapi::REG_TYPE_EXPAND_SZ, Bytes(u"%X%")).expand_text(), "%X%");
  EXPECT_TRUE(PropertyFromRegistry(resapi::REG_TYPE_SZ, {}).has_text());
}

TEST(RegistryValue, NumbersAreLittleEndian) {
  EXPECT_EQ(PropertyFromRegistry(resapi::REG_TYPE_DWORD, {0x78, 0x56, 0x34, 0x92}).number(), 0x92345678U);
  EXPECT_EQ(PropertyFromRegistry(resapi::REG_TYPE_QWORD, {1, 0, 0, 0, 0, 0, 0, 0x80}).big_number(),
            0x8000000000000001U);
}

TEST(RegistryValue, ListsEndAtTheirEmptyTextOrTheirEnd) {
  const auto list = [](const std::u16string& units) {
    const v1::PropertyValue value = PropertyFromRegistry(resapi::REG_TYPE_MULTI_SZ, Bytes(units));
    return std::vector<std::string>(value.text_list().values().begin(), value.text_list().values().end());
  };
  EXPECT_EQ(list(std::u16string(u"a\0bc\0\0junk", 10)), (std::vector<std::string>{"a", "bc"}));
  EXPECT_EQ(list(u"a"), (std::vector<std::string>{"a"}));
  EXPECT_TRUE(list(std::u16string(2, u'\0')).empty());
  EXPECT_TRUE(list(u"").empty());
}

TEST(RegistryValue, DataThatIsNotItsType_IsBinary) {
  EXPECT_EQ(PropertyFromRegistry(resapi::REG_TYPE_SZ, {'a', 0, 'b'}).binary(), std::string("a\0b", 3));
  EXPECT_TRUE(PropertyFromRegistry(resapi::REG_TYPE_SZ, Bytes({0xD800, u'x'})).has_binary());
  EXPECT_TRUE(PropertyFromRegistry(resapi::REG_TYPE_MULTI_SZ, Bytes({u'a', 0, 0xDC00, 0, 0})).has_binary());
  EXPECT_TRUE(PropertyFromRegistry(resapi::REG_TYPE_DWORD, {1, 2, 3}).has_binary());
  EXPECT_TRUE(PropertyFromRegistry(resapi::REG_TYPE_QWORD, {1, 2, 3, 4}).has_binary());
  EXPECT_EQ(PropertyFromRegistry(resapi::REG_TYPE_BINARY, {9}).binary(), "\x09");
  EXPECT_EQ(PropertyFromRegistry(77, {9}).binary(), "\x09");
}

}  // namespace
}  // namespace resource_broker::bridge
