#include "resource_modules/generic_service/start_stop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "resource_modules/sdk/execution.h"

namespace resource_broker::generic_service {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint32_t kIgnoreResourceStatus = 0x01;

// A service that behaves as a test says, for the faults that a real one does not show when asked to.
class FaultyService final : public Service {
 public:
  absl::StatusOr<ServiceStatus> Query() override {
    if (on_query) on_query();
    return status;
  }
  absl::Status Start(const std::vector<std::string>& parameters) override {
    calls.push_back("start");
    started_with = parameters;
    if (start_error.ok()) status.state = ServiceState::kStartPending;
    return start_error;
  }
  absl::Status Stop() override {
    calls.push_back("stop");
    if (stop_error.ok()) status.state = ServiceState::kStopPending;
    return stop_error;
  }
  absl::Status Continue() override {
    calls.push_back("continue");
    status.state = ServiceState::kContinuePending;
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<std::string>> RunningDependents() override { return dependents; }
  void WaitForChange(milliseconds /*timeout*/) override {
    if (steps.empty()) return;
    status = steps.front();
    steps.pop_front();
  }
  void Wake() override {}
  bool ProcessRuns(const ServiceStatus& /*status*/) override { return process_runs; }
  bool WaitForProcessEnd(const ServiceStatus& /*status*/, milliseconds /*timeout*/) override { return !process_runs; }
  absl::Status KillProcess(const ServiceStatus& /*status*/) override {
    calls.push_back("kill");
    process_runs = false;
    return absl::OkStatus();
  }

  // What the next waits find.
  std::deque<ServiceStatus> steps;
  ServiceStatus status;
  absl::Status start_error;
  absl::Status stop_error;
  std::vector<std::string> dependents;
  bool process_runs = false;
  std::function<void()> on_query;

  std::vector<std::string> calls;
  std::vector<std::string> started_with;
};

class StartStopTest : public ::testing::Test {
 protected:
  sdk::Operation& Begin(uint32_t flags = 0) {
    v1::ExecuteRequest request;
    request.set_attempt(1);
    request.mutable_operation()->set_kind(v1::OFFLINE);
    request.mutable_operation()->set_flags(flags);
    execution_ = std::make_shared<sdk::Execution>(request);
    EXPECT_TRUE(execution_->Begin());
    operation_ = std::make_unique<sdk::Operation>(execution_, sdk::Resource());
    return *operation_;
  }

  static ServiceStatus In(ServiceState state, uint32_t checkpoint = 0) {
    ServiceStatus status;
    status.state = state;
    status.checkpoint = checkpoint;
    status.process_id = state == ServiceState::kStopped ? 0 : 4711;
    status.owns_process = true;
    return status;
  }

  v1::ExecuteEvent::Result Start(sdk::Operation& operation, milliseconds timeout = seconds(20)) {
    return StartService(service_, {"a", "b c"}, steady_clock::now() + timeout, operation).proto();
  }

  v1::ExecuteEvent::Result Stop(sdk::Operation& operation, bool hard = false, bool stop_dependents = false,
                                milliseconds timeout = seconds(20)) {
    StopOptions options;
    options.deadline = steady_clock::now() + timeout;
    options.hard = hard;
    options.stop_dependents = stop_dependents;
    return StopService(service_, options, operation).proto();
  }

  std::vector<uint32_t> Checkpoints() {
    std::vector<uint32_t> checkpoints;
    uint64_t last = 0;
    while (const auto step = execution_->StepAfter(last)) {
      checkpoints.push_back(step->progress().checkpoint());
      last = step->step();
    }
    return checkpoints;
  }

  FaultyService service_;
  std::shared_ptr<sdk::Execution> execution_;
  std::unique_ptr<sdk::Operation> operation_;
};

TEST_F(StartStopTest, ServiceStarts_ItsCheckpointsAreReported) {
  service_.steps = {In(ServiceState::kStartPending, 3), In(ServiceState::kStartPending, 7), In(ServiceState::kRunning)};
  EXPECT_EQ(Start(Begin()).outcome(), v1::DONE);
  EXPECT_THAT(service_.started_with, ElementsAre("a", "b c"));
  // The request, the first pending state, two checkpoints; running does not count back.
  EXPECT_THAT(Checkpoints(), ElementsAre(0, 0, 3, 7, 7));
}

TEST_F(StartStopTest, ServiceRunsAlready_IsDoneWithoutARequest) {
  service_.status = In(ServiceState::kRunning);
  EXPECT_EQ(Start(Begin()).outcome(), v1::DONE);
  EXPECT_THAT(service_.calls, ElementsAre());
}

TEST_F(StartStopTest, ServiceIsPaused_IsContinued) {
  service_.status = In(ServiceState::kPaused);
  service_.steps = {In(ServiceState::kRunning)};
  EXPECT_EQ(Start(Begin()).outcome(), v1::DONE);
  EXPECT_THAT(service_.calls, ElementsAre("continue"));
}

TEST_F(StartStopTest, ServiceStillStops_IsStartedAfterwards) {
  service_.status = In(ServiceState::kStopPending);
  service_.steps = {In(ServiceState::kStopped), In(ServiceState::kRunning)};
  EXPECT_EQ(Start(Begin()).outcome(), v1::DONE);
  EXPECT_THAT(service_.calls, ElementsAre("start"));
}

TEST_F(StartStopTest, ServiceStopsInsteadOfRunning_ItsOwnCodeIsReported) {
  ServiceStatus stopped = In(ServiceState::kStopped);
  stopped.win32_exit_code = 1066;
  stopped.service_exit_code = 42;
  service_.steps = {stopped};
  auto result = Start(Begin());
  EXPECT_EQ(result.win32_code(), 1066);
  EXPECT_EQ(result.module_code(), 42);
  service_.status = In(ServiceState::kStopped);
  service_.steps = {In(ServiceState::kStopped)};
  EXPECT_EQ(Start(Begin()).win32_code(), 1067);
}

TEST_F(StartStopTest, StartRefused_ItsErrorIsReported) {
  service_.start_error = sdk::Win32Error(1058, "disabled");
  EXPECT_EQ(Start(Begin()).win32_code(), 1058);
}

TEST_F(StartStopTest, ServiceNeverRuns_FailsAtTheDeadline) {
  auto result = Start(Begin(), milliseconds(50));
  EXPECT_EQ(result.win32_code(), 1460);
  EXPECT_THAT(result.message(), HasSubstr("start pending"));
}

TEST_F(StartStopTest, CancelWhileItStarts_ItIsEndedAgain) {
  sdk::Operation& operation = Begin();
  service_.process_runs = true;
  service_.steps = {In(ServiceState::kStartPending, 1)};
  service_.on_query = [&] {
    if (service_.status.checkpoint == 1) execution_->RequestCancel(0);
  };
  EXPECT_EQ(Start(operation).outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_THAT(service_.calls, ElementsAre("start", "kill"));
}

TEST_F(StartStopTest, ServiceStops_IsDoneOnceItsProcessHasEnded) {
  service_.status = In(ServiceState::kRunning);
  service_.steps = {In(ServiceState::kStopPending, 2), In(ServiceState::kStopped)};
  EXPECT_EQ(Stop(Begin()).outcome(), v1::DONE);
  EXPECT_THAT(service_.calls, ElementsAre("stop"));
}

TEST_F(StartStopTest, ProcessLingersAfterTheStop_IsEnded) {
  service_.status = In(ServiceState::kRunning);
  service_.process_runs = true;
  service_.steps = {In(ServiceState::kStopped)};
  EXPECT_EQ(Stop(Begin()).outcome(), v1::DONE);
  EXPECT_THAT(service_.calls, ElementsAre("stop", "kill"));
}

TEST_F(StartStopTest, ServiceDoesNotRun_IsDoneWithoutARequest) {
  EXPECT_EQ(Stop(Begin()).outcome(), v1::DONE);
  EXPECT_THAT(service_.calls, ElementsAre());
}

TEST_F(StartStopTest, ServiceStarts_IsNotNowUnlessTheFlagsForbidIt) {
  service_.status = In(ServiceState::kStartPending);
  auto result = Stop(Begin());
  EXPECT_EQ(result.outcome(), v1::NOT_NOW);
  EXPECT_EQ(result.status_flags(), 1);
  EXPECT_THAT(service_.calls, ElementsAre());
  service_.steps = {In(ServiceState::kStopped)};
  EXPECT_EQ(Stop(Begin(kIgnoreResourceStatus)).outcome(), v1::DONE);
}

TEST_F(StartStopTest, ServiceTakesNoRequestsYet_IsAskedAgain) {
  service_.status = In(ServiceState::kStartPending);
  service_.stop_error = sdk::Win32Error(1061, "not now");
  service_.steps = {In(ServiceState::kStartPending), In(ServiceState::kRunning)};
  sdk::Operation& operation = Begin(kIgnoreResourceStatus);
  service_.on_query = [&] {
    if (service_.status.state == ServiceState::kRunning) {
      service_.stop_error = absl::OkStatus();
      service_.steps = {In(ServiceState::kRunning), In(ServiceState::kStopped)};
      service_.on_query = nullptr;
    }
  };
  EXPECT_EQ(Stop(operation).outcome(), v1::DONE);
}

TEST_F(StartStopTest, DependentsRun_FailsAndNamesThem) {
  service_.status = In(ServiceState::kRunning);
  service_.dependents = {"Fax", "Scan"};
  auto result = Stop(Begin());
  EXPECT_EQ(result.win32_code(), 1051);
  EXPECT_THAT(result.message(), HasSubstr("Fax, Scan"));
  EXPECT_THAT(service_.calls, ElementsAre());
}

TEST_F(StartStopTest, WithoutGrace_OneThatDoesNotReactIsEnded) {
  service_.status = In(ServiceState::kRunning);
  service_.process_runs = true;
  service_.stop_error = sdk::Win32Error(1052, "it takes no stop");
  EXPECT_EQ(Stop(Begin(), /*hard=*/true).outcome(), v1::DONE);
  EXPECT_THAT(service_.calls, ElementsAre("stop", "kill"));
}

TEST_F(StartStopTest, WithoutGrace_OneThatReactsIsNotEnded) {
  service_.status = In(ServiceState::kRunning);
  service_.steps = {In(ServiceState::kStopped)};
  EXPECT_EQ(Stop(Begin(), /*hard=*/true).outcome(), v1::DONE);
  EXPECT_THAT(service_.calls, ElementsAre("stop"));
}

TEST_F(StartStopTest, ServiceThatIgnoresTheRequest_FailsAtTheDeadline) {
  service_.status = In(ServiceState::kRunning);
  service_.steps = {In(ServiceState::kRunning)};
  EXPECT_EQ(Stop(Begin(), false, false, milliseconds(50)).win32_code(), 1460);
}

TEST_F(StartStopTest, SharedProcess_IsAskedAndNeverKilled) {
  service_.status = In(ServiceState::kRunning);
  service_.status.owns_process = false;
  ServiceStatus stopped = In(ServiceState::kStopped);
  service_.steps = {stopped};
  EXPECT_TRUE(EndService(service_).ok());
  EXPECT_THAT(service_.calls, ElementsAre("stop"));
}

TEST_F(StartStopTest, EndedWithoutGrace_ItsProcessIsKilled) {
  service_.status = In(ServiceState::kRunning);
  service_.process_runs = true;
  EXPECT_TRUE(EndService(service_).ok());
  EXPECT_THAT(service_.calls, ElementsAre("kill"));
  service_.status = In(ServiceState::kStopped);
  EXPECT_TRUE(EndService(service_).ok());
  EXPECT_THAT(service_.calls, ElementsAre("kill"));
}

}  // namespace
}  // namespace resource_broker::generic_service
