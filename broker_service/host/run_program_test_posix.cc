#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker_service/host/run_program.h"

namespace resource_broker::broker {
namespace {

using ::testing::HasSubstr;

TEST(RunProgramTest, ProgramEnds_WhatItSaidAndItsExitCode) {
  const auto result = RunProgram("/bin/sh", {"-c", "echo out; echo err >&2; exit 3"}, absl::Seconds(60));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_THAT(result->output, HasSubstr("out"));
  EXPECT_THAT(result->output, HasSubstr("err"));
}

TEST(RunProgramTest, ArgumentsLookLikeShell_ReachItAsTheyAre) {
  const auto result = RunProgram("/bin/echo", {"$HOME", "a  b", "`id`"}, absl::Seconds(60));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, "$HOME a  b `id`\n");
}

TEST(RunProgramTest, ProgramHangs_KilledAfterTheLimit) {
  const auto result = RunProgram("/bin/sleep", {"100"}, absl::Milliseconds(50));
  EXPECT_TRUE(absl::IsDeadlineExceeded(result.status())) << result.status();
}

TEST(RunProgramTest, ThereIsNone_NotFound) {
  EXPECT_TRUE(absl::IsNotFound(RunProgram("/no/such/program", {}, absl::Seconds(1)).status()));
}

TEST(RunProgramTest, ProgramSaysTooMuch_TheFirst64KiBAreKept) {
  const auto result = RunProgram("/usr/bin/seq", {"1", "100000"}, absl::Seconds(60));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output.size(), size_t{64} << 10);
}

}  // namespace
}  // namespace resource_broker::broker
