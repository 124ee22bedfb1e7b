// Modules that work, with real processes.
#include "broker_service/modules/module_supervisor.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "broker_service/faults/faults.h"
#include "broker_service/modules/testing/supervisor_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using ModuleSupervisorTest = SupervisorTest;

std::string ReadAll(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// Points where whoever passes is held until that is cleared: "<action> <point>".
v1::BrokerConfig::FaultSettings Held(const std::vector<std::string>& points) {
  v1::BrokerConfig::FaultSettings settings;
  settings.set_allowed(true);
  for (const std::string& point : points) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(point, ' ');
    v1::Fault* fault = settings.add_armed();
    fault->set_action(parts.first);
    fault->set_point(parts.second);
    fault->set_delay_ms(60000);
  }
  return settings;
}

void AwaitHeld(const std::string& name) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (absl::Now() < deadline) {
    const v1::ListFaultPointsResponse listed = Faults::OfProcess().List();
    for (const v1::FaultPoint& point : listed.points()) {
      if (point.point() == name && point.holding()) return;
    }
    absl::SleepFor(absl::Milliseconds(1));
  }
  FAIL() << "nobody came to " << name;
}

TEST_F(ModuleSupervisorTest, FirstOperation_StartsTheModuleAndRuns) {
  Install("good_one", "good");
  EXPECT_EQ(StatusOf("good_one").state(), v1::ModuleStatus::STOPPED);
  const auto run = Execute(Request("good_one", "done"));
  const ExecutionEnd end = run->End();
  EXPECT_EQ(end.kind, ExecutionEnd::Kind::kResult);
  EXPECT_EQ(end.result.outcome(), v1::DONE);
  EXPECT_EQ(end.module, "good_one 1.0.0");
  EXPECT_FALSE(end.idempotent);
  EXPECT_THAT(run->progress(), ElementsAre(1, 2, 3));
  EXPECT_EQ(StatusOf("good_one").state(), v1::ModuleStatus::READY);
  EXPECT_NE(StatusOf("good_one").process_id(), 0U);
}

TEST_F(ModuleSupervisorTest, SecondOperation_RunsInTheSameProcess) {
  Install("m", "good");
  RunToEnd("m");
  const uint32_t process = StatusOf("m").process_id();
  RunToEnd("m");
  EXPECT_EQ(StatusOf("m").process_id(), process);
  EXPECT_EQ(StatusOf("m").restarts(), 0U);
}

TEST_F(ModuleSupervisorTest, ManyOperationsWhileItStarts_AllRun) {
  Install("m", "good");
  std::vector<std::shared_ptr<RecordingRun>> runs;
  for (int i = 0; i < 200; ++i) runs.push_back(Execute(Request("m", "done", absl::StrCat("r", i))));
  for (const auto& run : runs) EXPECT_EQ(run->End().result.outcome(), v1::DONE);
}

TEST_F(ModuleSupervisorTest, ModuleFails_ItsResultComesThrough) {
  Install("m", "good");
  const ExecutionEnd end = RunToEnd("m", "fail");
  EXPECT_EQ(end.result.outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(end.result.win32_code(), 1053U);
  EXPECT_EQ(end.result.module_code(), 77U);
}

TEST_F(ModuleSupervisorTest, LargeInBuffer_ArrivesAndTheRequestIsUntouched) {
  Install("m", "good");
  const auto request = Request("m", "done");
  request->set_in_buffer(std::string(3 << 20, 'x'));
  const std::string before = request->SerializeAsString();
  EXPECT_EQ(Execute(request)->End().result.outcome(), v1::DONE);
  EXPECT_TRUE(request->SerializeAsString() == before);
}

TEST_F(ModuleSupervisorTest, SeveralVersions_TheHighestInOrderServes) {
  Install("m", "good", "1.9.0");
  Install("m", "good", "1.10.0");
  Install("m", "good", "1.10.0-rc1");
  EXPECT_EQ(RunToEnd("m").module, "m 1.10.0");
}

TEST_F(ModuleSupervisorTest, Cancel_ReachesTheOperationWithItsFlags) {
  Install("m", "good");
  const auto request = Request("m", "wait");
  const auto run = Execute(request);
  run->AwaitProgress();
  supervisor_->Cancel("m", request->id(), 0x80000001);
  const ExecutionEnd end = run->End();
  EXPECT_EQ(end.result.outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_EQ(end.result.module_code(), 0x80000001U);
}

TEST_F(ModuleSupervisorTest, CancelWhileTheModuleStarts_TheModuleNeverHasIt) {
  Install("m", "silent");
  const auto request = Request("m", "done");
  const auto run = Execute(request);
  supervisor_->Cancel("m", request->id(), 0);
  const ExecutionEnd end = run->End();
  EXPECT_EQ(end.kind, ExecutionEnd::Kind::kNotRun);
  EXPECT_EQ(end.win32_code, 1223U);
}

TEST_F(ModuleSupervisorTest, CancelWhileTheOperationIsBeingGiven_IsPassedOnAfterwards) {
  Install("m", "good");
  // The resource is known then, and nothing has to be waited for on the way to the module.
  EXPECT_EQ(RunToEnd("m").result.outcome(), v1::DONE);
  Faults::OfProcess().Configure(Held({"DELAY_BEFORE module.execute"}));
  const auto request = Request("m", "wait");
  std::shared_ptr<RecordingRun> run;
  std::thread gives([&] { run = Execute(request); });
  AwaitHeld("module.execute");
  supervisor_->Cancel("m", request->id(), 7);
  ASSERT_TRUE(Faults::OfProcess().Clear("").ok());
  gives.join();
  const ExecutionEnd end = run->End();
  EXPECT_EQ(end.result.module_code(), 7U)
      << static_cast<int>(end.kind) << " " << end.win32_code << " " << end.message << " " << end.result.DebugString();
  Faults::OfProcess().Configure({});
}

TEST_F(ModuleSupervisorTest, CancelOvertakesTheOperation_TheModuleIsToldAgain) {
  Install("m", "good");
  EXPECT_EQ(RunToEnd("m").result.outcome(), v1::DONE);
  // The operation is held on its way to the module, on a thread of gRPC as its resource has to be opened first, until
  // the module has answered the cancel.
  Faults::OfProcess().Configure(Held({"DELAY_BEFORE module.execute", "DELAY_AFTER module.cancel"}));
  const auto request = Request("m", "wait", "unknown yet");
  const auto run = Execute(request);
  AwaitHeld("module.execute");
  supervisor_->Cancel("m", request->id(), 7);
  AwaitHeld("module.cancel");
  ASSERT_TRUE(Faults::OfProcess().Clear("").ok());
  const ExecutionEnd end = run->End();
  EXPECT_EQ(end.result.outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_EQ(end.result.module_code(), 7U);
  Faults::OfProcess().Configure({});
}

TEST_F(ModuleSupervisorTest, OperationReachesTheModule_ItIsSaidToBeTaken) {
  Install("m", "good");
  const auto request = Request("m", "wait");
  const auto run = Execute(request);
  run->AwaitTaken();
  supervisor_->Cancel("m", request->id(), 0);
  EXPECT_EQ(run->End().result.outcome(), v1::OUTCOME_CANCELLED);
}

TEST_F(ModuleSupervisorTest, Terminate_EndsTheOperationAndIsConfirmed) {
  Install("m", "good");
  const auto run = Execute(Request("m", "wait"));
  run->AwaitProgress();
  absl::Notification done;
  absl::Status confirmed;
  supervisor_->Terminate("m", "r", "Terminate", kPatience, [&](absl::Status status) {
    confirmed = std::move(status);
    done.Notify();
  });
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
  EXPECT_TRUE(confirmed.ok()) << confirmed;
  EXPECT_EQ(run->End().result.outcome(), v1::OUTCOME_TERMINATED);
}

TEST_F(ModuleSupervisorTest, TerminateWhileTheModuleHangs_AnsweredWithinItsLimit) {
  Install("m", "silent");
  const auto run = Execute(Request("m", "done"));
  absl::Notification done;
  absl::Status confirmed;
  supervisor_->Terminate("m", "r", "Terminate", absl::Milliseconds(50), [&](absl::Status status) {
    confirmed = std::move(status);
    done.Notify();
  });
  EXPECT_EQ(run->End().win32_code, 995U);
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
  EXPECT_TRUE(absl::IsDeadlineExceeded(confirmed)) << confirmed;
}

TEST_F(ModuleSupervisorTest, ResourceIsRefused_OnlineFailsWithThatCodeAndOfflineRuns) {
  Install("m", "good");
  ResourceSpec spec;
  spec.resource = "r";
  spec.module = "m";
  spec.properties["Refused"].set_text("87");
  supervisor_->OpenResource(spec);
  const ExecutionEnd end = RunToEnd("m");
  EXPECT_EQ(end.win32_code, 87U);
  EXPECT_THAT(end.message, HasSubstr("Refused"));
  const auto offline = Request("m", "done");
  offline->set_kind(v1::OFFLINE);
  EXPECT_EQ(Execute(offline)->End().result.outcome(), v1::DONE);
}

TEST_F(ModuleSupervisorTest, HealthAndControl_AreAsked) {
  Install("m", "good");
  ResourceSpec spec;
  spec.resource = "r";
  spec.module = "m";
  spec.properties["Mark"].set_text("first");
  supervisor_->OpenResource(spec);
  absl::Notification checked;
  supervisor_->CheckHealth("m", "r", true, [&](absl::StatusOr<v1::ModuleCheckHealthResponse> answer) {
    EXPECT_TRUE(answer.ok());
    EXPECT_EQ(answer->message(), "thorough");
    checked.Notify();
  });
  ASSERT_TRUE(checked.WaitForNotificationWithTimeout(kPatience));
  absl::Notification controlled;
  v1::ModuleControlRequest request;
  request.set_resource("r");
  supervisor_->Control("m", request, [&](absl::StatusOr<v1::ControlResponse> answer) {
    EXPECT_TRUE(answer.ok());
    EXPECT_EQ(answer->out(), "first");
    controlled.Notify();
  });
  ASSERT_TRUE(controlled.WaitForNotificationWithTimeout(kPatience));
}

TEST_F(ModuleSupervisorTest, WhatItTellsUnasked_IsPassedOn) {
  Install("m", "good");
  RunToEnd("m");
  for (const char* resource : {"Lock", "Dead", "Fail"}) {
    ResourceSpec spec;
    spec.resource = resource;
    spec.module = "m";
    supervisor_->OpenResource(spec);
  }
  bool lock = false;
  bool dead = false;
  bool failure = false;
  for (const v1::ModuleNotification& notification : listener_->AwaitNotifications(3)) {
    lock = lock || notification.lock().locked();
    dead = dead || notification.health() == v1::DEAD;
    failure = failure || notification.failure().failure_type() == 2;
  }
  EXPECT_TRUE(lock && dead && failure);
}

TEST_F(ModuleSupervisorTest, ModuleCrashes_OperationIsLostAndTheNextOneRunsInANewProcess) {
  Install("m", "good", "1.0.0", R"(, "idempotent": true)");
  ResourceSpec spec;
  spec.resource = "kept";
  spec.module = "m";
  spec.properties["Mark"].set_text("still here");
  supervisor_->OpenResource(spec);
  const auto bystander = Execute(Request("m", "wait", "other"));
  bystander->AwaitProgress();
  const uint32_t process = StatusOf("m").process_id();
  const ExecutionEnd end = RunToEnd("m", "crash");
  EXPECT_EQ(end.kind, ExecutionEnd::Kind::kLost);
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_TRUE(end.idempotent);
  EXPECT_EQ(bystander->End().win32_code, 1067U);
  listener_->AwaitLost(1);
  EXPECT_EQ(Execute(Request("m", "done", "kept"))->End().result.outcome(), v1::DONE);
  EXPECT_NE(StatusOf("m").process_id(), process);
  EXPECT_EQ(StatusOf("m").restarts(), 1U);
  // The new process was told of the resource.
  absl::Notification controlled;
  v1::ModuleControlRequest request;
  request.set_resource("kept");
  supervisor_->Control("m", request, [&](absl::StatusOr<v1::ControlResponse> answer) {
    EXPECT_TRUE(answer.ok());
    EXPECT_EQ(answer->out(), "still here");
    controlled.Notify();
  });
  ASSERT_TRUE(controlled.WaitForNotificationWithTimeout(kPatience));
}

TEST_F(ModuleSupervisorTest, ExecuteWithoutAResult_LostAsABrokenContract) {
  Install("m", "good");
  const ExecutionEnd end = RunToEnd("m", "no_result");
  EXPECT_EQ(end.kind, ExecutionEnd::Kind::kLost);
  EXPECT_EQ(end.win32_code, 1359U);
  EXPECT_THAT(RunToEnd("m", "refuse").message, HasSubstr("not today"));
}

TEST_F(ModuleSupervisorTest, Stop_EndsEveryModuleAndLeavesNothing) {
  Install("a", "good");
  Install("b", "good");
  RunToEnd("a");
  RunToEnd("b");
  StopAll();
  EXPECT_EQ(StatusOf("a").process_id(), 0U);
  EXPECT_EQ(StatusOf("a").state(), v1::ModuleStatus::STOPPED);
  EXPECT_EQ(RunToEnd("a").kind, ExecutionEnd::Kind::kNotRun);
  if (std::filesystem::exists(options_.socket_directory)) {
    EXPECT_TRUE(std::filesystem::is_empty(options_.socket_directory));
  }
}

TEST_F(ModuleSupervisorTest, ModuleDoesNotStop_IsKilledAfterTheTimeForIt) {
  options_.stop = absl::Milliseconds(300);
  Restart();
  Install("m", "stubborn");
  RunToEnd("m");
  const absl::Duration took = StopAll();
  EXPECT_GE(took, absl::Milliseconds(300));
  EXPECT_LT(took, absl::Seconds(20));
  EXPECT_EQ(StatusOf("m").process_id(), 0U);
}

TEST_F(ModuleSupervisorTest, StopWhileItStarts_DoesNotWaitForTheHandshake) {
  Install("m", "silent");
  const auto run = Execute(Request("m", "done"));
  EXPECT_LT(StopAll(), options_.handshake);
  EXPECT_EQ(run->End().kind, ExecutionEnd::Kind::kNotRun);
}

TEST_F(ModuleSupervisorTest, MegabytesOfOutput_HinderNothingAndTheLogIsBounded) {
  Install("m", "good");
  EXPECT_EQ(RunToEnd("m", "chat").result.outcome(), v1::DONE);
  StopAll();
  const std::string log = ReadAll(options_.log_directory / "m.log");
  EXPECT_THAT(log, HasSubstr("xxx"));
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(options_.log_directory)) bytes += file.file_size();
  EXPECT_LT(bytes, 9U << 20);
  EXPECT_GT(bytes, 4U << 20);
}

TEST_F(ModuleSupervisorTest, IsIdempotent_IsTheManifestsWord) {
  Install("yes", "good", "1.0.0", R"(, "idempotent": true)");
  Install("no", "good");
  EXPECT_TRUE(supervisor_->IsIdempotent("yes"));
  EXPECT_FALSE(supervisor_->IsIdempotent("no"));
  EXPECT_FALSE(supervisor_->IsIdempotent("nowhere"));
}

}  // namespace
}  // namespace resource_broker::broker::testing
