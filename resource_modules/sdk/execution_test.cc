#include "resource_modules/sdk/execution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace resource_broker::sdk {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr uint32_t kIgnoreResourceStatus = 0x01;

v1::ExecuteRequest Request(uint32_t flags = 0) {
  v1::ExecuteRequest request;
  request.set_attempt(1);
  request.mutable_operation()->set_id("0123456789abcdef");
  request.mutable_operation()->set_kind(v1::OFFLINE);
  request.mutable_operation()->set_resource("r1");
  request.mutable_operation()->set_flags(flags);
  return request;
}

std::vector<v1::ExecuteEvent> Steps(const Execution& execution, uint64_t after = 0) {
  std::vector<v1::ExecuteEvent> steps;
  while (auto step = execution.StepAfter(after)) {
    after = step->step();
    steps.push_back(*std::move(step));
  }
  return steps;
}

v1::ExecuteEvent::Result ResultOf(const Execution& execution) { return Steps(execution).back().result(); }

TEST(ExecutionTest, Steps_AreNumberedWithoutGapsAndNumbersNeverShrink) {
  Execution execution(Request());
  ASSERT_TRUE(execution.Begin());
  execution.Report(5, 50, "one");
  execution.Report(3, 20, "two");
  execution.Report(0, 200, "three");
  execution.Report(0, std::nullopt, "four");
  execution.Return(Result::Done());
  std::vector<v1::ExecuteEvent> steps = Steps(execution);
  ASSERT_EQ(steps.size(), 5);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(steps[i].step(), i + 1);
  EXPECT_EQ(steps[1].progress().checkpoint(), 5);
  EXPECT_EQ(steps[1].progress().percent(), 50);
  EXPECT_EQ(steps[2].progress().percent(), 100);
  EXPECT_EQ(steps[3].progress().percent(), 100);
  EXPECT_EQ(steps[4].result().outcome(), v1::DONE);
  EXPECT_EQ(Steps(execution, 3).size(), 2);
  EXPECT_FALSE(execution.EndedAt(4));
  EXPECT_TRUE(execution.EndedAt(5));
}

TEST(ExecutionTest, ReportAfterTheEnd_IsNoStep) {
  Execution execution(Request());
  ASSERT_TRUE(execution.Begin());
  execution.Return(Result::Failed(1234, "no"));
  execution.Report(1, 1, "late");
  EXPECT_EQ(Steps(execution).size(), 1);
  EXPECT_EQ(ResultOf(execution).win32_code(), 1234);
}

TEST(ExecutionTest, MoreStepsThanAreKept_TheOldestGoAndTheResultStays) {
  Execution execution(Request());
  ASSERT_TRUE(execution.Begin());
  for (size_t i = 0; i < Execution::kMaxSteps + 10; ++i) execution.Report(0, std::nullopt, "x");
  EXPECT_EQ(Steps(execution).size(), Execution::kMaxSteps);
  EXPECT_EQ(Steps(execution).front().step(), 11);
  execution.Return(Result::Done());
  EXPECT_EQ(Steps(execution).size(), Execution::kMaxStepsOnceEnded);
  EXPECT_EQ(ResultOf(execution).outcome(), v1::DONE);
  EXPECT_EQ(Steps(execution, Execution::kMaxSteps + 9).size(), 2);
}

TEST(ExecutionTest, CancelledOrTerminatedBeforeItBegan_EndsWithoutWork) {
  Execution cancelled(Request());
  cancelled.RequestCancel(0);
  EXPECT_FALSE(cancelled.Begin());
  EXPECT_EQ(ResultOf(cancelled).outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_EQ(ResultOf(cancelled).win32_code(), 1223);
  Execution terminated(Request());
  terminated.RequestTerminate();
  EXPECT_FALSE(terminated.Begin());
  EXPECT_EQ(ResultOf(terminated).outcome(), v1::OUTCOME_TERMINATED);
  EXPECT_EQ(ResultOf(terminated).win32_code(), 995);
}

TEST(ExecutionTest, CancelledWhileItRuns_TheWorkersWordCounts) {
  Execution execution(Request());
  ASSERT_TRUE(execution.Begin());
  EXPECT_FALSE(execution.WaitForCancel(milliseconds(1)));
  execution.RequestCancel(0x10);
  EXPECT_TRUE(execution.cancelled());
  EXPECT_FALSE(execution.terminated());
  EXPECT_EQ(execution.cancel_flags(), 0x10);
  EXPECT_TRUE(execution.WaitForCancel(milliseconds(0)));
  EXPECT_FALSE(execution.ended());
  execution.Return(Result::Done());
  EXPECT_EQ(ResultOf(execution).outcome(), v1::DONE);
}

TEST(ExecutionTest, TerminatedWhileItRuns_TheWorkersWordDoesNotCount) {
  Execution execution(Request());
  ASSERT_TRUE(execution.Begin());
  execution.RequestTerminate();
  EXPECT_TRUE(execution.cancelled());
  EXPECT_FALSE(execution.WaitForReturn(milliseconds(1)));
  execution.Return(Result::Done());
  EXPECT_TRUE(execution.WaitForReturn(milliseconds(0)));
  EXPECT_EQ(ResultOf(execution).outcome(), v1::OUTCOME_TERMINATED);
}

TEST(ExecutionTest, EndedWithoutItsWorker_TheFirstEndCounts) {
  Execution execution(Request());
  ASSERT_TRUE(execution.Begin());
  execution.EndAsTerminated();
  execution.Return(Result::Done());
  EXPECT_EQ(Steps(execution).size(), 1);
  EXPECT_EQ(ResultOf(execution).outcome(), v1::OUTCOME_TERMINATED);
}

TEST(ExecutionTest, NotNowWhereItIsNoAnswer_IsAFailure) {
  Execution allowed(Request());
  ASSERT_TRUE(allowed.Begin());
  allowed.Return(Result::NotNow(NotNowReason::kBusy, "locked", milliseconds(70)));
  EXPECT_EQ(ResultOf(allowed).outcome(), v1::NOT_NOW);
  EXPECT_EQ(ResultOf(allowed).status_flags(), 1);
  EXPECT_EQ(ResultOf(allowed).retry_after_ms(), 70);
  EXPECT_NE(ResultOf(allowed).win32_code(), 0);
  Execution forbidden(Request(kIgnoreResourceStatus));
  ASSERT_TRUE(forbidden.Begin());
  forbidden.Return(Result::NotNow(NotNowReason::kBusy, "locked"));
  EXPECT_EQ(ResultOf(forbidden).outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(ResultOf(forbidden).win32_code(), 5023);
  EXPECT_THAT(ResultOf(forbidden).message(), HasSubstr("locked"));
}

TEST(ExecutionTest, Subscribers_HearOfStepsAndOfCancel) {
  Execution execution(Request());
  int steps = 0;
  int cancels = 0;
  execution.on_step().Add([&] { ++steps; });
  int id = execution.on_cancel().Add([&] { ++cancels; });
  ASSERT_TRUE(execution.Begin());
  execution.Report(0, std::nullopt, "x");
  EXPECT_EQ(steps, 1);
  execution.RequestCancel(0);
  EXPECT_EQ(cancels, 1);
  execution.on_cancel().Remove(id);
  execution.RequestTerminate();
  EXPECT_EQ(cancels, 1);
}

TEST(ResultTest, Errors_BecomeWin32Codes) {
  EXPECT_EQ(Result::Failed(absl::InvalidArgumentError("x")).proto().win32_code(), 87);
  EXPECT_EQ(Result::Failed(absl::NotFoundError("x")).proto().win32_code(), 2);
  EXPECT_EQ(Result::Failed(Win32Error(1060, "no service")).proto().win32_code(), 1060);
  EXPECT_EQ(Result::Failed(Win32Error(1060, "no service")).proto().message(), "no service");
  EXPECT_EQ(Result::Failed(absl::CancelledError("x")).proto().outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_EQ(Result::Failed(0, "no code").proto().win32_code(), 1359);
  EXPECT_EQ(Win32CodeOf(absl::OkStatus()), 0);
}

}  // namespace
}  // namespace resource_broker::sdk
