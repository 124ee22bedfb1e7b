// Modules that outlive their broker, with real processes.
#include <filesystem>

#include "absl/synchronization/notification.h"
#include "broker_service/faults/faults.h"
#include "broker_service/modules/process_identity.h"
#include "broker_service/modules/running_modules.h"
#include "broker_service/modules/testing/child.h"
#include "broker_service/modules/testing/supervisor_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ModuleAdoptionTest : public SupervisorTest {
 protected:
  ModuleAdoptionTest() {
    options_.running_directory = folder_.path() / "running";
    Restart();
  }

  // What a broker that was killed leaves, and the one after it does.
  void NextBroker() {
    supervisor_->LetGo();
    Restart();
    supervisor_->Adopt();
  }

  static ChildRecord Record(const v1::RunningModule& written) {
    return {{written.process_id(), written.start_time(), written.image_hash()},
            written.output_handle(),
            written.errors_handle(),
            written.job_handle()};
  }

  v1::RunningModule WrittenOf(const std::string& name) const {
    for (const v1::RunningModule& written : Written()) {
      if (written.manifest().name() == name) return written;
    }
    return {};
  }

  std::vector<v1::RunningModule> Written() const { return RunningModules(options_.running_directory).Load(); }
};

TEST_F(ModuleAdoptionTest, BrokerEnds_TheNextGoesOnWithTheSameProcess) {
  Install("m", "good");
  ResourceSpec spec;
  spec.resource = "r";
  spec.module = "m";
  spec.properties["Mark"].set_text("kept");
  supervisor_->OpenResource(spec);
  RunToEnd("m");
  const uint32_t process_id = StatusOf("m").process_id();
  ASSERT_NE(process_id, 0U);
  NextBroker();
  EXPECT_EQ(RunToEnd("m").result.outcome(), v1::DONE);
  EXPECT_EQ(StatusOf("m").process_id(), process_id);
  EXPECT_EQ(StatusOf("m").restarts(), 0U);
  EXPECT_THAT(Written(), SizeIs(1));
  NextBroker();
  EXPECT_EQ(RunToEnd("m").result.outcome(), v1::DONE);
  EXPECT_EQ(StatusOf("m").process_id(), process_id);
}

TEST_F(ModuleAdoptionTest, AdoptedModuleIsStopped_NothingIsLeft) {
  Install("m", "good");
  RunToEnd("m");
  const uint32_t process_id = StatusOf("m").process_id();
  NextBroker();
  RunToEnd("m");
  StopAll();
  EXPECT_TRUE(absl::IsNotFound(IdentifyProcess(process_id).status()));
  EXPECT_THAT(Written(), IsEmpty());
}

TEST_F(ModuleAdoptionTest, AdoptedModuleEnds_IsStartedAnew) {
  Install("m", "good");
  RunToEnd("m");
  const uint32_t process_id = StatusOf("m").process_id();
  NextBroker();
  EXPECT_EQ(RunToEnd("m", "crash").win32_code, 1067U);
  EXPECT_EQ(RunToEnd("m").result.outcome(), v1::DONE);
  EXPECT_NE(StatusOf("m").process_id(), process_id);
}

TEST_F(ModuleAdoptionTest, ModuleEndedWhileThereWasNoBroker_IsStartedAnew) {
  Install("m", "good");
  RunToEnd("m");
  v1::RunningModule before = Written().at(0);
  StopAll();
  // As if the one that was there had died with the broker that knew it.
  ASSERT_TRUE(RunningModules(options_.running_directory).Save(before).ok());
  Restart();
  supervisor_->Adopt();
  listener_->AwaitLost(2);
  EXPECT_EQ(RunToEnd("m").result.outcome(), v1::DONE);
  EXPECT_THAT(Written(), SizeIs(1));
}

TEST_F(ModuleAdoptionTest, NumberIsAnotherProcessesByNow_ThatOneIsLeftAlone) {
  Install("m", "good");
  Install("stranger", "good");
  RunToEnd("m");
  RunToEnd("stranger");
  const v1::RunningModule stranger = WrittenOf("stranger");
  const v1::RunningModule real = WrittenOf("m");
  supervisor_->LetGo();
  const RunningModules running(options_.running_directory);
  running.Remove(real.process_id());
  v1::RunningModule mistaken = real;
  mistaken.set_process_id(stranger.process_id());
  ASSERT_TRUE(running.Save(mistaken).ok());
  Restart();
  supervisor_->Adopt();
  EXPECT_EQ(RunToEnd("m").result.outcome(), v1::DONE);
  EXPECT_NE(StatusOf("m").process_id(), stranger.process_id());
  EXPECT_TRUE(IdentifyProcess(stranger.process_id()).ok());
  // The two that were let go.
  for (const ChildRecord& left : {Record(stranger), Record(real)}) Child(left).AwaitStart();
}

TEST_F(ModuleAdoptionTest, OperationTheModuleDoesNotKnow_IsLostAndNotRun) {
  Install("m", "good");
  RunToEnd("m");
  NextBroker();
  auto run = std::make_shared<RecordingRun>();
  Execution execution{Request("m", "done")};
  execution.resume = true;
  supervisor_->Execute(execution, run);
  const ExecutionEnd end = run->End();
  EXPECT_EQ(end.kind, ExecutionEnd::Kind::kLost);
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_THAT(end.message, HasSubstr("does not know it"));
  EXPECT_THAT(run->progress(), IsEmpty());
}

TEST_F(ModuleAdoptionTest, TerminatedBeforeTheModuleAnswers_IsNotSaidToHaveReachedNobody) {
  Install("m", "good");
  const auto request = Request("m", "wait");
  Execute(request)->AwaitProgress();
  // The module is found again, and not known to be ready until that is cleared.
  v1::BrokerConfig::FaultSettings held;
  held.set_allowed(true);
  v1::Fault* fault = held.add_armed();
  fault->set_point("module.hello");
  fault->set_action("DELAY_AFTER");
  fault->set_delay_ms(60000);
  Faults::OfProcess().Configure(held);
  NextBroker();
  auto run = std::make_shared<RecordingRun>();
  Execution resumed{request};
  resumed.resume = true;
  supervisor_->Execute(resumed, run);
  absl::Notification done;
  absl::Status confirmed;
  supervisor_->Terminate("m", "r", "Terminate", kPatience, [&](absl::Status status) {
    confirmed = std::move(status);
    done.Notify();
  });
  const ExecutionEnd end = run->End();
  EXPECT_EQ(end.win32_code, 995U);
  EXPECT_THAT(end.message, HasSubstr("has it from the broker before"));
  ASSERT_TRUE(Faults::OfProcess().Clear("").ok());
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
  EXPECT_TRUE(confirmed.ok()) << confirmed;
  Faults::OfProcess().Configure({});
}

TEST_F(ModuleAdoptionTest, RecordIsRubbish_IsLeftOut) {
  WriteFile(options_.running_directory / "77.json", R"({"processId": 77})");
  WriteFile(options_.running_directory / "78.json", "{");
  EXPECT_THAT(Written(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(options_.running_directory / "78.json"));
}

using ModuleStallTest = SupervisorTest;

TEST_F(ModuleStallTest, OperationReportsNothing_IsTerminatedAndFailsWith1460) {
  Install("m", "good", "1.0.0", R"(, "limits": {"stall_timeout_ms": 200})");
  const ExecutionEnd end = RunToEnd("m", "wait");
  EXPECT_EQ(end.result.win32_code(), 1460U);
  EXPECT_EQ(end.result.outcome(), v1::OUTCOME_FAILED);
  EXPECT_THAT(end.result.message(), HasSubstr("200 ms"));
  EXPECT_EQ(StatusOf("m").state(), v1::ModuleStatus::READY);
}

TEST_F(ModuleStallTest, TerminateDoesNotHelp_TheProcessIsKilledAndStartsAgain) {
  options_.terminate = absl::Milliseconds(100);
  Restart();
  Install("m", "good", "1.0.0", R"(, "limits": {"stall_timeout_ms": 200})");
  const ExecutionEnd end = RunToEnd("m", "hang");
  EXPECT_EQ(end.kind, ExecutionEnd::Kind::kLost);
  EXPECT_EQ(end.win32_code, 1460U);
  EXPECT_EQ(RunToEnd("m").result.outcome(), v1::DONE);
  EXPECT_EQ(StatusOf("m").restarts(), 1U);
}

}  // namespace
}  // namespace resource_broker::broker::testing
