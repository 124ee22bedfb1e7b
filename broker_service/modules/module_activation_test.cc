// Versions of a module that take over from one another, with real processes.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "broker_service/modules/active_records.h"
#include "broker_service/modules/process_identity.h"
#include "broker_service/modules/running_modules.h"
#include "broker_service/modules/testing/supervisor_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ModuleActivationTest : public SupervisorTest {
 protected:
  ModuleActivationTest() {
    options_.running_directory = folder_.path() / "running";
    options_.active_directory = folder_.path() / "active";
    Restart();
    Install("m", "good", "1.0.0");
  }

  // What a broker that was killed leaves, and the one after it does.
  void NextBroker() {
    supervisor_->LetGo();
    Restart();
    supervisor_->Adopt();
  }

  void Open(const std::string& resource) {
    ResourceSpec spec;
    spec.resource = resource;
    spec.module = "m";
    supervisor_->OpenResource(spec);
  }

  template <typename Answer>
  struct Pending {
    absl::Notification done;
    absl::StatusOr<Answer> answer;
    absl::StatusOr<Answer> Await() {
      EXPECT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
      return answer;
    }
  };
  using Activating = std::shared_ptr<Pending<v1::ActivateModuleResponse>>;

  Activating BeginActivation(const std::string& version, uint32_t canary = 0) {
    auto pending = std::make_shared<Pending<v1::ActivateModuleResponse>>();
    v1::ActivateModuleRequest request;
    request.set_module("m");
    request.set_version(version);
    request.set_canary_percent(canary);
    supervisor_->Activate(request, [pending](absl::StatusOr<v1::ActivateModuleResponse> answer) {
      pending->answer = std::move(answer);
      pending->done.Notify();
    });
    return pending;
  }
  absl::Status Activate(const std::string& version, uint32_t canary = 0) {
    return BeginActivation(version, canary)->Await().status();
  }
  absl::Status Rollback() {
    auto pending = std::make_shared<Pending<v1::RollbackModuleResponse>>();
    supervisor_->Rollback("m", [pending](absl::StatusOr<v1::RollbackModuleResponse> answer) {
      pending->answer = std::move(answer);
      pending->done.Notify();
    });
    return pending->Await().status();
  }

  // The version an operation ran on.
  std::string RunsOn(const std::string& resource = "r", const std::string& action = "done") {
    const ExecutionEnd end = Execute(Request("m", action, resource))->End();
    EXPECT_EQ(end.kind, ExecutionEnd::Kind::kResult) << end.message;
    return end.module;
  }
  std::string StateOf(const std::string& resource) {
    absl::Notification done;
    std::string state;
    v1::ModuleControlRequest request;
    request.set_resource(resource);
    supervisor_->Control("m", request, [&](absl::StatusOr<v1::ControlResponse> answer) {
      EXPECT_TRUE(answer.ok()) << answer.status();
      if (answer.ok()) state = answer->out();
      done.Notify();
    });
    EXPECT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
    return state;
  }
  v1::Health LookClosely(const std::string& resource) {
    absl::Notification done;
    v1::Health health = v1::HEALTH_UNSPECIFIED;
    supervisor_->CheckHealth("m", resource, true, [&](const absl::StatusOr<v1::ModuleCheckHealthResponse>& answer) {
      EXPECT_TRUE(answer.ok()) << answer.status();
      if (answer.ok()) health = answer->health();
      done.Notify();
    });
    EXPECT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
    return health;
  }

  v1::ModuleVersions Versions() { return supervisor_->Versions("m")->modules(0); }
  // Those with a process, newest first.
  std::vector<std::string> Running() {
    std::vector<std::string> running;
    const v1::ModuleVersions module = Versions();
    for (const auto& version : module.versions()) {
      if (version.process_id() != 0) running.push_back(version.version());
    }
    return running;
  }
  // What happens on other threads, and has no way to tell us.
  void Until(const std::function<bool()>& condition, const char* what) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (!condition()) {
      ASSERT_LT(absl::Now(), deadline) << what;
      absl::SleepFor(absl::Milliseconds(5));
    }
  }
  std::string Recorded() { return ActiveRecords(options_.active_directory).Load("m")->active(); }
};

TEST_F(ModuleActivationTest, HigherVersionIsActivated_NextOperationsRunThereAndItIsWrittenDown) {
  EXPECT_EQ(RunsOn(), "m 1.0.0");
  Install("m", "good", "1.1.0");
  EXPECT_EQ(RunsOn(), "m 1.0.0");
  const auto answer = BeginActivation("1.1.0")->Await();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->previous(), "1.0.0");
  std::vector<std::string> steps;
  for (const auto& step : answer->steps()) steps.push_back(step.name());
  EXPECT_THAT(steps, ElementsAre("started", "opened", "self-tested", "recorded", "switched"));
  EXPECT_EQ(RunsOn(), "m 1.1.0");
  EXPECT_EQ(Recorded(), "1.1.0");
  EXPECT_THAT(Versions().previous(), ElementsAre("1.0.0"));
  StopAll();
  Restart();
  EXPECT_EQ(RunsOn(), "m 1.1.0");
  // A lower one as well.
  ASSERT_TRUE(Activate("1.0.0").ok());
  EXPECT_EQ(RunsOn(), "m 1.0.0");
  EXPECT_TRUE(Activate("1.0.0").ok()) << "it is active already";
}

TEST_F(ModuleActivationTest, OperationRunsDuringTheSwitch_EndsWhereItBeganAndTheNextRunsOnTheNewOne) {
  options_.probation = absl::Milliseconds(1);
  Restart();
  const auto request = Request("m", "wait", "busy");
  const auto busy = Execute(request);
  busy->AwaitProgress();
  Install("m", "good", "1.1.0");
  ASSERT_TRUE(Activate("1.1.0").ok());
  EXPECT_EQ(RunsOn("other"), "m 1.1.0");
  EXPECT_THAT(Running(), ElementsAre("1.1.0", "1.0.0"));
  EXPECT_EQ(Versions().versions(1).operations(), 1U);
  LookClosely("busy");
  supervisor_->Cancel("m", request->id(), 7);
  const ExecutionEnd end = busy->End();
  EXPECT_EQ(end.result.outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_EQ(end.module, "m 1.0.0");
  EXPECT_EQ(RunsOn("busy"), "m 1.1.0");
  Until([&] { return Running() == std::vector<std::string>{"1.1.0"}; }, "the old version's process to end");
}

TEST_F(ModuleActivationTest, TerminateDuringTheSwitch_ReachesTheOldVersion) {
  const auto busy = Execute(Request("m", "wait", "busy"));
  busy->AwaitProgress();
  Install("m", "good", "1.1.0");
  ASSERT_TRUE(Activate("1.1.0").ok());
  absl::Notification done;
  supervisor_->Terminate("m", "busy", "Terminate", kPatience, [&](const absl::Status& status) {
    EXPECT_TRUE(status.ok()) << status;
    done.Notify();
  });
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
  EXPECT_EQ(busy->End().result.outcome(), v1::OUTCOME_TERMINATED);
}

TEST_F(ModuleActivationTest, ResourceHasState_ItMovesOverAndBack) {
  Open("r");
  EXPECT_EQ(RunsOn("r", "remember"), "m 1.0.0");
  Install("m", "good", "1.1.0");
  ASSERT_TRUE(Activate("1.1.0").ok());
  EXPECT_EQ(StateOf("r"), "remembered");
  Until([&] { return Versions().versions(0).resources() == 1; }, "the resource to move");
  ASSERT_TRUE(Rollback().ok());
  EXPECT_EQ(StateOf("r"), "remembered");
  EXPECT_EQ(RunsOn(), "m 1.0.0");
  EXPECT_EQ(Recorded(), "1.0.0");
  EXPECT_TRUE(absl::IsFailedPrecondition(Rollback()));
}

TEST_F(ModuleActivationTest, BothVersionsLockAResource_ItStaysLocked) {
  Open("Lock");
  listener_->AwaitNotifications(1);
  Install("m", "good", "1.1.0");
  ASSERT_TRUE(Activate("1.1.0").ok());
  for (const auto& told : listener_->AwaitNotifications(2)) EXPECT_TRUE(told.lock().locked());
}

TEST_F(ModuleActivationTest, NewVersionDoesNotLockWhatTheOldOneDid_ItIsUnlocked) {
  Open("Lock");
  listener_->AwaitNotifications(1);
  Install("m", "discreet", "1.1.0");
  ASSERT_TRUE(Activate("1.1.0").ok());
  EXPECT_FALSE(listener_->AwaitNotifications(2).back().lock().locked());
}

struct Failure {
  const char* behaviour;
  const char* says;
};
class ModuleActivationFailureTest : public ModuleActivationTest, public ::testing::WithParamInterface<Failure> {};

TEST_P(ModuleActivationFailureTest, CanNotTakeOver_TheOldOneServesOnAndNothingIsLeft) {
  if (GetParam().behaviour == std::string("silent")) options_.handshake = absl::Seconds(1);
  Restart();
  Open("r");
  EXPECT_EQ(RunsOn("r", "remember"), "m 1.0.0");
  const uint32_t process = StatusOf("m").process_id();
  Install("m", GetParam().behaviour, "1.1.0");
  const absl::Status status = Activate("1.1.0");
  EXPECT_TRUE(!status.ok() && !absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().says));
  EXPECT_EQ(RunsOn(), "m 1.0.0");
  EXPECT_EQ(StatusOf("m").process_id(), process);
  EXPECT_EQ(StateOf("r"), "remembered");
  Until([&] { return Running() == std::vector<std::string>{"1.0.0"}; }, "the new version's process to end");
  EXPECT_THAT(Versions().previous(), IsEmpty());
  // Another one is welcome.
  Install("m", "good", "1.2.0");
  EXPECT_TRUE(Activate("1.2.0").ok());
}

INSTANTIATE_TEST_SUITE_P(Causes, ModuleActivationFailureTest,
                         ::testing::Values(Failure{"exits", "exit code 3"}, Failure{"silent", "no handshake"},
                                           Failure{"impostor", "choice.component"},
                                           Failure{"picky", "it likes no properties"}, Failure{"corpse", "it is dead"},
                                           Failure{"unfit", "this machine is too small"}),
                         [](const auto& info) { return std::string(info.param.behaviour); });

TEST_F(ModuleActivationTest, VersionIsMissingOrOutOfOrder_RefusedBeforeTheStart) {
  RunsOn();
  EXPECT_TRUE(absl::IsNotFound(Activate("9.9.9")));
  WriteFile(options_.modules_directory / "m" / "1.1.0" / "manifest.json", R"({"name": "m", "idempotnet": true})");
  const absl::Status wrong = Activate("1.1.0");
  EXPECT_TRUE(absl::IsFailedPrecondition(wrong));
  EXPECT_THAT(std::string(wrong.message()), HasSubstr("idempotnet"));
}

TEST_F(ModuleActivationTest, NoCommonProtocol_RefusedWithBothRanges) {
  RunsOn();
  Install("m", "good", "2.0.0");
  const auto manifest = options_.modules_directory / "m" / "2.0.0" / "manifest.json";
  std::ifstream stream(manifest);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  text.replace(text.find(R"("min_protocol": 1, "max_protocol": 1)"), 36, R"("min_protocol": 2, "max_protocol": 3)");
  WriteFile(manifest, text);
  const absl::Status status = Activate("2.0.0");
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("2 to 3"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("1 to 1"));
}

TEST_F(ModuleActivationTest, SecondActivationWhileOneIsUnderWay_RefusedByName) {
  RunsOn();
  Install("m", "silent", "1.1.0");
  Install("m", "good", "1.2.0");
  const Activating first = BeginActivation("1.1.0");
  const absl::Status second = Activate("1.2.0");
  EXPECT_TRUE(absl::IsFailedPrecondition(second));
  EXPECT_THAT(std::string(second.message()), HasSubstr("activation of 1.1.0"));
  EXPECT_TRUE(absl::IsFailedPrecondition(Rollback()));
  StopAll();
  EXPECT_FALSE(first->Await().ok());
}

TEST_F(ModuleActivationTest, FailsTwiceInProbation_TheOldOneServesAgainAndItIsSaidWhy) {
  Open("r");
  EXPECT_EQ(RunsOn("r", "remember"), "m 1.0.0");
  Install("m", "good", "1.1.0");
  ASSERT_TRUE(Activate("1.1.0").ok());
  EXPECT_EQ(StateOf("r"), "remembered");
  Execute(Request("m", "crash", "a"))->End();
  Execute(Request("m", "crash", "a"))->End();
  Until([&] { return Versions().active() == "1.0.0"; }, "the rollback");
  EXPECT_EQ(RunsOn("a"), "m 1.0.0");
  EXPECT_EQ(StateOf("r"), "remembered") << "kept by the broker for this";
  EXPECT_EQ(Recorded(), "1.0.0");
  ASSERT_THAT(supervisor_->Notices(), SizeIs(1));
  EXPECT_THAT(supervisor_->Notices()[0], HasSubstr("from 1.1.0 to 1.0.0: it failed twice"));
  EXPECT_THAT(StatusOf("m").message(), HasSubstr("it failed twice"));
}

TEST_F(ModuleActivationTest, HangsInProbation_TheOldOneServesAgain) {
  EXPECT_EQ(RunsOn(), "m 1.0.0");
  Install("m", "good", "1.1.0", R"(, "limits": {"stall_timeout_ms": 50})");
  ASSERT_TRUE(Activate("1.1.0").ok());
  const ExecutionEnd end = Execute(Request("m", "wait"))->End();
  EXPECT_EQ(end.module, "m 1.1.0");
  EXPECT_EQ(end.result.win32_code(), 1460U);
  Until([&] { return Versions().active() == "1.0.0"; }, "the version before to serve again");
  EXPECT_THAT(Versions().rolled_back(), HasSubstr("an operation hung: module m 1.1.0 reported nothing for 50 ms"));
  EXPECT_EQ(RunsOn(), "m 1.0.0");
}

TEST_F(ModuleActivationTest, ResourceIsFoundDeadInProbation_TheOldOneServesAgain) {
  Open("r");
  Open("operated");
  RunsOn("r");
  Install("m", "corpse_at_second_sight", "1.1.0");
  ASSERT_TRUE(Activate("1.1.0").ok());
  // Whoever takes it offline may well find it dead.
  EXPECT_EQ(RunsOn("operated"), "m 1.1.0");
  EXPECT_EQ(LookClosely("operated"), v1::DEAD);
  EXPECT_EQ(Versions().active(), "1.1.0");
  // It is not for RHS to hear of: the version that serves again finds it alive.
  EXPECT_EQ(LookClosely("r"), v1::ALIVE);
  EXPECT_EQ(Versions().active(), "1.0.0");
  EXPECT_THAT(supervisor_->Notices()[0], HasSubstr("resource \"r\""));
  EXPECT_EQ(RunsOn(), "m 1.0.0");
}

TEST_F(ModuleActivationTest, ProbationIsPassed_TheOldProcessEndsAndFailuresNoLongerCount) {
  options_.probation = absl::Milliseconds(50);
  Restart();
  RunsOn();
  Install("m", "good", "1.1.0");
  ASSERT_TRUE(Activate("1.1.0").ok());
  Until([&] { return Versions().probation().empty(); }, "the probation to end");
  Until([&] { return Running() == std::vector<std::string>{"1.1.0"}; }, "the old version's process to end");
  for (int i = 0; i < 3; ++i) Execute(Request("m", "crash"))->End();
  EXPECT_EQ(RunsOn(), "m 1.1.0");
  ASSERT_TRUE(Rollback().ok());
  EXPECT_EQ(RunsOn(), "m 1.0.0");
}

TEST_F(ModuleActivationTest, Canary_SomeResourcesMoveAlwaysTheSameAndThenAll) {
  const auto split = [this] {
    std::vector<std::string> on_canary;
    for (int i = 0; i < 40; ++i) {
      const std::string resource = absl::StrCat("r", i);
      if (RunsOn(resource) == "m 1.1.0") on_canary.push_back(resource);
    }
    return on_canary;
  };
  EXPECT_THAT(split(), IsEmpty());
  Install("m", "good", "1.1.0");
  Install("m", "good", "1.2.0");
  ASSERT_TRUE(Activate("1.1.0", 25).ok());
  const std::vector<std::string> first = split();
  EXPECT_GE(first.size(), 3U);
  EXPECT_LE(first.size(), 20U);
  EXPECT_TRUE(absl::IsFailedPrecondition(Activate("1.2.0")));
  NextBroker();
  EXPECT_EQ(split(), first);
  ASSERT_TRUE(Rollback().ok());
  EXPECT_THAT(split(), IsEmpty());
  ASSERT_TRUE(Activate("1.1.0", 25).ok());
  EXPECT_EQ(split(), first);
  ASSERT_TRUE(Activate("1.1.0").ok());
  EXPECT_THAT(split(), SizeIs(40));
  EXPECT_EQ(Recorded(), "1.1.0");
}

TEST_F(ModuleActivationTest, BrokerEndsWhileTheOldOneHasAnOperation_TheNextFindsItThere) {
  const auto request = Request("m", "wait", "busy");
  Execute(request)->AwaitProgress();
  EXPECT_EQ(RunsOn("idle", "remember"), "m 1.0.0");
  Install("m", "good", "1.1.0");
  ASSERT_TRUE(Activate("1.1.0").ok());
  NextBroker();
  Execution resumed{request};
  resumed.resume = true;
  const auto run = std::make_shared<RecordingRun>();
  supervisor_->Execute(resumed, run);
  run->AwaitProgress();
  EXPECT_EQ(RunsOn("idle"), "m 1.1.0");
  EXPECT_EQ(StateOf("idle"), "remembered");
  supervisor_->Cancel("m", request->id(), 0);
  const ExecutionEnd end = run->End();
  EXPECT_EQ(end.result.outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_EQ(end.module, "m 1.0.0");
  EXPECT_EQ(RunsOn("busy"), "m 1.1.0");
}

TEST_F(ModuleActivationTest, BrokerEndsAndNoVersionKnowsTheOperation_ItIsLostOnce) {
  RunsOn();
  Install("m", "good", "1.1.0");
  ASSERT_TRUE(Activate("1.1.0").ok());
  NextBroker();
  Execution resumed{Request("m", "done")};
  resumed.resume = true;
  const auto run = std::make_shared<RecordingRun>();
  supervisor_->Execute(resumed, run);
  EXPECT_EQ(run->End().kind, ExecutionEnd::Kind::kLost);
  EXPECT_EQ(RunsOn(), "m 1.1.0");
}

TEST_F(ModuleActivationTest, BrokerEndsBeforeItIsWrittenDown_TheNewProcessEndsAndTheOldOneServes) {
  options_.call = absl::Seconds(1);
  Restart();
  EXPECT_EQ(RunsOn(), "m 1.0.0");
  Install("m", "silent", "1.1.0");
  const Activating activating = BeginActivation("1.1.0");
  const RunningModules written(options_.running_directory);
  Until([&] { return written.Load().size() == 2; }, "the new version's process to start");
  NextBroker();
  EXPECT_EQ(RunsOn(), "m 1.0.0");
  EXPECT_EQ(Versions().active(), "1.0.0");
  Until([&] { return written.Load().size() == 1; }, "the new version's process to end");
  EXPECT_EQ(RunsOn(), "m 1.0.0");
}

TEST_F(ModuleActivationTest, HigherVersionIsInstalledAndTheBrokerStartsAgain_WhatServedServes) {
  EXPECT_EQ(RunsOn(), "m 1.0.0");
  Until([&] { return ActiveRecords(options_.active_directory).Load("m").ok(); }, "it to be written down");
  Install("m", "good", "1.1.0");
  StopAll();
  Restart();
  EXPECT_EQ(RunsOn(), "m 1.0.0");
  StopAll();
  // Windows holds a program's file for a moment after its process has ended.
  std::error_code error;
  Until([&] { return std::filesystem::remove_all(options_.modules_directory / "m" / "1.0.0", error) > 0 && !error; },
        "the version to be removed");
  Restart();
  EXPECT_EQ(RunsOn(), "m 1.1.0");
}

TEST_F(ModuleActivationTest, BrokenVersionIsActivatedAgain_ItIsTriedAgain) {
  options_.max_failures = 1;
  Restart();
  Install("m", "exits", "1.0.0");
  EXPECT_EQ(Execute(Request("m", "done"))->End().win32_code, 1067U);
  Install("m", "good", "1.0.0");
  EXPECT_EQ(Execute(Request("m", "done"))->End().win32_code, 1067U);
  ASSERT_TRUE(Activate("1.0.0").ok());
  EXPECT_EQ(RunsOn(), "m 1.0.0");
}

TEST_F(ModuleActivationTest, RecordIsRubbish_TheHighestVersionServesAndIsWrittenDown) {
  const ActiveRecords records(options_.active_directory);
  WriteFile(options_.active_directory / "m.json", "{");
  EXPECT_TRUE(absl::IsDataLoss(records.Load("m").status()));
  Restart();
  EXPECT_EQ(RunsOn(), "m 1.0.0");
  Until([&] { return records.Load("m").ok(); }, "it to be written down");
  EXPECT_EQ(Recorded(), "1.0.0");
}

}  // namespace
}  // namespace resource_broker::broker::testing
