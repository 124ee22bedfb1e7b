#include "resource_modules/process/command_line.h"

#include <gtest/gtest.h>

namespace resource_broker::process {
namespace {

TEST(CommandLineTest, PlainArguments_StayAsTheyAre) {
  EXPECT_EQ(CommandLine("C:\\a b\\p.exe", {"/k", "x=1", "C:\\dir\\"}), R"("C:\a b\p.exe" /k x=1 C:\dir\)");
}

TEST(CommandLineTest, BlanksQuotesAndBackslashes_AreProtected) {
  EXPECT_EQ(CommandLine("p", {""}), R"("p" "")");
  EXPECT_EQ(CommandLine("p", {"a b"}), R"("p" "a b")");
  EXPECT_EQ(CommandLine("p", {"say \"hi\""}), R"("p" "say \"hi\"")");
  EXPECT_EQ(CommandLine("p", {"a b\\"}), R"("p" "a b\\")");
  EXPECT_EQ(CommandLine("p", {"a\\\"b"}), R"("p" "a\\\"b")");
  EXPECT_EQ(CommandLine("p", {"a b\\\\\""}), R"("p" "a b\\\\\"")");
}

}  // namespace
}  // namespace resource_broker::process
