#include "clients/cluster/dll_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cluster/testing/environment.h"

namespace resource_broker::cluster {
namespace {

using ::testing::HasSubstr;

TEST(DllPath, ReferencesToTheEnvironment_AreReplaced) {
  testing::SetEnvironment("RB_TEST_FOLDER", "C:\\Program Files");
  EXPECT_EQ(*DllPath("%RB_TEST_FOLDER%\\ResourceBroker\\resource_bridge.dll"),
            "C:\\Program Files\\ResourceBroker\\resource_bridge.dll");
  EXPECT_EQ(*DllPath("d:\\\xC3\x9C\\resource_bridge.DLL"), "d:\\\xC3\x9C\\resource_bridge.DLL");
}

TEST(DllPath, WhatIsNotTheSameFileOnEveryNode_IsRefusedWithTheReason) {
  testing::SetEnvironment("RB_TEST_FOLDER", "C:\\Program Files");
  const std::pair<std::string, const char*> kWrong[] = {
      {"", "is no full path"},
      {"resource_bridge.dll", "is no full path"},
      {"bridge\\resource_bridge.dll", "is no full path"},
      {"\\bridge\\resource_bridge.dll", "is no full path"},
      {"C:resource_bridge.dll", "is no full path"},
      {"/usr/lib/resource_bridge.dll", "is no full path"},
      {"\\\\server\\share\\resource_bridge.dll", "is no full path"},
      {"\\\\?\\C:\\resource_bridge.dll", "is no full path"},
      {"C:\\bridge\\..\\resource_bridge.dll", "empty part, . or .."},
      {"C:\\bridge\\\\resource_bridge.dll", "empty part, . or .."},
      {"C:\\bridge\\resource_bridge.dll:stream.dll", "has a character"},
      {"C:\\bridge\\*.dll", "has a character"},
      {"C:\\bridge\n.dll", "has a character"},
      {"C:\\bridge\\resource_bridge.so", "does not end in .dll"},
      {"C:\\" + std::string(260, 'x') + ".dll", "longer than 259"},
      {"%RB_TEST_NO_SUCH_VARIABLE%\\x.dll", "names %RB_TEST_NO_SUCH_VARIABLE%"},
      {"%RB_TEST_FOLDER\\x.dll", "has a % without its other one"},
      {"%%\\x.dll", "names %%"},
  };
  for (const auto& [text, fault] : kWrong) {
    const absl::Status status = DllPath(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(status.message(), HasSubstr(fault)) << text;
  }
}

TEST(SameDll, CaseAndReferencesDoNotMatter) {
  testing::SetEnvironment("RB_TEST_FOLDER", "C:\\Program Files");
  EXPECT_TRUE(SameDll("%RB_TEST_FOLDER%\\x.dll", "c:\\program files\\X.DLL"));
  EXPECT_TRUE(SameDll("%RB_TEST_NO_SUCH_VARIABLE%\\x.dll", "%RB_TEST_NO_SUCH_VARIABLE%\\x.dll"));
  EXPECT_FALSE(SameDll("C:\\x.dll", "D:\\x.dll"));
  EXPECT_FALSE(SameDll("x.dll", "C:\\x.dll"));
}

}  // namespace
}  // namespace resource_broker::cluster
