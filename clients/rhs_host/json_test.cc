#include "clients/rhs_host/json.h"

#include "gtest/gtest.h"

namespace resource_broker::rhs_host {
namespace {

TEST(JsonTest, WhatIsWritten_IsReadAgain) {
  JsonLine line;
  line.Add("text", std::string("a \"quoted\" \\ line\nand \x01"));
  line.Add("none", nullptr);
  line.Add("yes", true);
  line.Add("number", int64_t{-7});
  line.Add("time", 1.25);
  const auto members = ParseJsonLine(line.Finish());
  ASSERT_TRUE(members.ok()) << members.status();
  EXPECT_EQ(members->at("text"), JsonValue("a \"quoted\" \\ line\nand \x01"));
  EXPECT_EQ(members->at("none"), JsonValue(nullptr));
  EXPECT_EQ(members->at("yes"), JsonValue(true));
  EXPECT_EQ(members->at("number"), JsonValue(-7.0));
  EXPECT_EQ(members->at("time"), JsonValue(1.25));
  EXPECT_TRUE(ParseJsonLine("{}").ok());
}

TEST(JsonTest, WhatIsNoFlatObject_IsRefused) {
  for (const char* text : {"", "{", "{\"a\"}", "{\"a\": }", "{\"a\": 1", "{\"a\": [1]}", "{\"a\": {}}", "{\"a\": 1} x",
                           "{\"a\": \"\\x\"}", "{\"a\": \"\\u12\"}", "{\"a\": \"open", "[1]", "{\"a\": nul}"}) {
    EXPECT_FALSE(ParseJsonLine(text).ok()) << text;
  }
}

}  // namespace
}  // namespace resource_broker::rhs_host
