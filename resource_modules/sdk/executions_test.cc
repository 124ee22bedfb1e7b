#include "resource_modules/sdk/executions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"

namespace resource_broker::sdk {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

constexpr seconds kLongEnough(20);

v1::ExecuteRequest Request(int number, const std::string& resource) {
  v1::ExecuteRequest request;
  request.set_attempt(1);
  request.mutable_operation()->set_id(std::string(15, 'i') + static_cast<char>(number));
  request.mutable_operation()->set_kind(v1::OFFLINE);
  request.mutable_operation()->set_resource(resource);
  return request;
}

class ExecutionsTest : public ::testing::Test {
 protected:
  // Until its result is there.
  static void Await(const std::shared_ptr<Execution>& execution) {
    auto ended = std::make_shared<absl::Notification>();
    execution->on_step().Add([ended, weak = std::weak_ptr(execution)] {
      auto execution = weak.lock();
      if (execution && execution->ended() && !ended->HasBeenNotified()) ended->Notify();
    });
    if (execution->ended()) return;
    EXPECT_TRUE(ended->WaitForNotificationWithTimeout(absl::FromChrono(kLongEnough)));
  }

  Executions::Clock Clock() {
    return [this] { return steady_clock::time_point(now_.load()); };
  }

  std::atomic<steady_clock::duration> now_{seconds(1000)};
  std::atomic<int> runs_{0};
};

TEST_F(ExecutionsTest, SameIdTwice_RunsOnce) {
  Executions executions(
      {}, [&](const auto&) { return ++runs_, Result::Done(); }, Clock());
  auto first = executions.Start(Request(1, "r1")).value();
  auto second = executions.Start(Request(1, "r1")).value();
  EXPECT_EQ(first, second);
  EXPECT_TRUE(executions.Drain(kLongEnough, kLongEnough));
  EXPECT_EQ(executions.Start(Request(1, "r1")).value(), first);
  EXPECT_EQ(runs_, 1);
}

TEST_F(ExecutionsTest, OperationThatEndedNotNow_RunsAnewUnderItsId) {
  Executions executions(
      {}, [&](const auto&) { return ++runs_ == 1 ? Result::NotNow(NotNowReason::kBusy, "") : Result::Done(); },
      Clock());
  auto first = executions.Start(Request(1, "r1")).value();
  Await(first);
  auto second = executions.Start(Request(1, "r1")).value();
  EXPECT_NE(first, second);
  EXPECT_TRUE(executions.Drain(kLongEnough, kLongEnough));
  EXPECT_EQ(second->outcome(), v1::DONE);
  EXPECT_EQ(executions.Find(second->id()), second);
}

TEST_F(ExecutionsTest, ResumedByAnotherBroker_AttachesToWhatIsKnownAndRunsNothingElse) {
  Executions executions(
      {}, [&](const auto&) { return ++runs_, Result::Done(); }, Clock());
  auto resume = Request(1, "r1");
  resume.set_resume(true);
  EXPECT_TRUE(absl::IsNotFound(executions.Start(resume).status()));
  auto first = executions.Start(Request(1, "r1")).value();
  Await(first);
  EXPECT_EQ(executions.Start(resume).value(), first);
  EXPECT_EQ(runs_, 1);
}

TEST_F(ExecutionsTest, ResumedAfterNotNow_TellsThatAndRunsNothing) {
  Executions executions(
      {}, [&](const auto&) { return ++runs_, Result::NotNow(NotNowReason::kBusy, ""); }, Clock());
  auto first = executions.Start(Request(1, "r1")).value();
  Await(first);
  auto resume = Request(1, "r1");
  resume.set_resume(true);
  EXPECT_EQ(executions.Start(resume).value(), first);
  EXPECT_EQ(runs_, 1);
}

TEST_F(ExecutionsTest, ResultsBeyondTheNumberKept_AreForgottenOldestFirst) {
  Executions::Limits limits;
  limits.max_ended = 2;
  Executions executions(
      limits, [&](const auto&) { return Result::Done(); }, Clock());
  for (int i = 1; i <= 3; ++i) {
    executions.Start(Request(i, absl::StrCat("r", i))).value();
  }
  EXPECT_TRUE(executions.Drain(kLongEnough, kLongEnough));
  int known = 0;
  for (int i = 1; i <= 3; ++i) known += executions.Find(Request(i, "").operation().id()) != nullptr ? 1 : 0;
  EXPECT_EQ(known, 2);
}

TEST_F(ExecutionsTest, ResultsOlderThanTheTimeKept_AreForgotten) {
  Executions executions(
      {}, [&](const auto&) { return ++runs_, Result::Done(); }, Clock());
  auto first = executions.Start(Request(1, "r1")).value();
  Await(first);
  now_ = seconds(1000) + minutes(9);
  EXPECT_EQ(executions.Start(Request(1, "r1")).value(), first);
  now_ = seconds(1001) + minutes(10);
  EXPECT_NE(executions.Start(Request(1, "r1")).value(), first);
  EXPECT_TRUE(executions.Drain(kLongEnough, kLongEnough));
  EXPECT_EQ(runs_, 2);
}

TEST_F(ExecutionsTest, SecondOperationOfABusyResource_FailsAndNamesTheFirst) {
  absl::Notification go;
  Executions executions(
      {}, [&](const auto&) { return go.WaitForNotification(), Result::Done(); }, Clock());
  executions.Start(Request(1, "r1")).value();
  auto second = executions.Start(Request(2, "r1")).value();
  auto other = executions.Start(Request(3, "r2")).value();
  EXPECT_EQ(second->outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(second->StepAfter(0)->result().win32_code(), 5023);
  EXPECT_THAT(second->StepAfter(0)->result().message(), HasSubstr("696969"));
  EXPECT_FALSE(other->ended());
  go.Notify();
  EXPECT_TRUE(executions.Drain(kLongEnough, kLongEnough));
}

TEST_F(ExecutionsTest, MoreThanTheLimits_AreRefused) {
  Executions::Limits limits;
  limits.max_parallel = 1;
  limits.max_waiting = 1;
  absl::Notification go;
  absl::Notification begun;
  Executions executions(
      limits,
      [&](const auto&) {
        if (!begun.HasBeenNotified()) begun.Notify();
        go.WaitForNotification();
        return Result::Done();
      },
      Clock());
  executions.Start(Request(1, "r1")).value();
  begun.WaitForNotification();
  executions.Start(Request(2, "r2")).value();
  EXPECT_TRUE(absl::IsResourceExhausted(executions.Start(Request(3, "r3")).status()));
  go.Notify();
  EXPECT_TRUE(executions.Drain(kLongEnough, kLongEnough));
}

TEST_F(ExecutionsTest, DrainedWhileOneRuns_ItIsCancelledAfterTheGraceAndNoneBegins) {
  Executions executions(
      {},
      [&](const std::shared_ptr<Execution>& execution) {
        return execution->WaitForCancel(kLongEnough) ? Result::Cancelled() : Result::Done();
      },
      Clock());
  auto running = executions.Start(Request(1, "r1")).value();
  EXPECT_TRUE(executions.Drain(milliseconds(10), kLongEnough));
  EXPECT_EQ(running->outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_TRUE(absl::IsUnavailable(executions.Start(Request(2, "r2")).status()));
}

TEST_F(ExecutionsTest, DrainedWhileOneHangs_SaysSoAfterItsTime) {
  absl::Notification go;
  Executions executions(
      {}, [&](const auto&) { return go.WaitForNotification(), Result::Done(); }, Clock());
  executions.Start(Request(1, "r1")).value();
  EXPECT_FALSE(executions.Drain(milliseconds(10), milliseconds(10)));
  go.Notify();
}

}  // namespace
}  // namespace resource_broker::sdk
