// Modules that do not work, with real processes: each the documented error within its time.
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <functional>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "broker_service/modules/testing/supervisor_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;

using ModuleFailureTest = SupervisorTest;

// Does something, once, on the thread that logs a line with the text, in the middle of what that thread is at.
class OnLine : public spdlog::sinks::base_sink<std::mutex> {
 public:
  OnLine(std::string text, std::function<void()> act) : text_(std::move(text)), act_(std::move(act)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    const std::string_view text(line.payload.data(), line.payload.size());
    if (act_ && text.find(text_) != std::string_view::npos) std::exchange(act_, nullptr)();
  }
  void flush_() override {}

  const std::string text_;
  std::function<void()> act_;
};

TEST_F(ModuleFailureTest, DoesNotExist_126) {
  const ExecutionEnd end = RunToEnd("nowhere");
  EXPECT_EQ(end.kind, ExecutionEnd::Kind::kNotRun);
  EXPECT_EQ(end.win32_code, 126U);
  EXPECT_THAT(end.message, HasSubstr("nowhere"));
}

TEST_F(ModuleFailureTest, NameThatIsAPath_126AndNothingIsRead) {
  WriteFile(folder_.path() / "modules" / "x" / "1.0.0" / "manifest.json", "{}");
  EXPECT_EQ(RunToEnd("../modules/x").win32_code, 126U);
}

TEST_F(ModuleFailureTest, EndsAtOnce_1067WithItsExitCode) {
  Install("m", "exits");
  const ExecutionEnd end = RunToEnd("m");
  EXPECT_EQ(end.kind, ExecutionEnd::Kind::kNotRun);
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_THAT(end.message, HasSubstr("exit code 3"));
}

TEST_F(ModuleFailureTest, PrintsRubbish_1067WithItsLine) {
  Install("m", "rubbish");
  const ExecutionEnd end = RunToEnd("m");
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_THAT(end.message, HasSubstr("Hello, I am not a module"));
}

TEST_F(ModuleFailureTest, SaysNothing_1460AfterTheTimeForTheHandshake) {
  options_.handshake = absl::Milliseconds(200);
  Restart();
  Install("m", "silent");
  const absl::Time begin = absl::Now();
  const ExecutionEnd end = RunToEnd("m");
  EXPECT_EQ(end.win32_code, 1460U);
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(200));
}

TEST_F(ModuleFailureTest, ListensElsewhere_1067) {
  Install("m", "elsewhere");
  const ExecutionEnd end = RunToEnd("m");
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_THAT(end.message, HasSubstr("elsewhere"));
}

TEST_F(ModuleFailureTest, CallsItselfByAnotherName_1067ThatNamesTheField) {
  Install("m", "impostor");
  const ExecutionEnd end = RunToEnd("m");
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_THAT(end.message, HasSubstr("choice.component"));
}

TEST_F(ModuleFailureTest, SpeaksNewerVersionsOnly_1067ThatNamesBothRanges) {
  Install("m", "newer");
  const ExecutionEnd end = RunToEnd("m");
  EXPECT_EQ(end.kind, ExecutionEnd::Kind::kNotRun);
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_THAT(end.message, HasSubstr("module m 1.0.0: Hello:"));
  EXPECT_THAT(end.message, HasSubstr("offered 1 to 1, this module speaks 2 to 3"));
}

TEST_F(ModuleFailureTest, ChoosesAVersionThatWasNotOffered_1067ThatNamesTheField) {
  Install("m", "unoffered");
  const ExecutionEnd end = RunToEnd("m");
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_THAT(end.message, HasSubstr("choice.version is 2, offered was 1 to 1"));
}

TEST_F(ModuleFailureTest, ManifestOfNewerVersionsOnly_IsNotStartedAndAnOlderOneServes) {
  const auto install = [this](const std::string& version, const std::string& range) {
    WriteFile(options_.modules_directory / "m" / version / "manifest.json",
              absl::StrCat(R"({"name": "m", "version": ")", version, "\", ", range, R"(, "command": "gone"})"));
  };
  install("2.0.0", R"("min_protocol": 2, "max_protocol": 3)");
  const ExecutionEnd end = RunToEnd("m");
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_THAT(end.message, HasSubstr("\"m\" 2.0.0: no common protocol version: it speaks 2 to 3"));
  EXPECT_THAT(end.message, HasSubstr("the broker 1 to 1"));
  Install("m", "good", "1.0.0");
  EXPECT_EQ(RunToEnd("m").module, "m 1.0.0");
}

TEST_F(ModuleFailureTest, LaterModulesFieldsAndFeatures_ArePassedOver) {
  Install("m", "wordy");
  EXPECT_EQ(RunToEnd("m").result.outcome(), v1::DONE);
}

TEST_F(ModuleFailureTest, EndsAfterItsHandshake_1067) {
  Install("m", "crash_soon");
  EXPECT_EQ(RunToEnd("m").win32_code, 1067U);
}

TEST_F(ModuleFailureTest, ManifestIsWrong_1067ThatNamesTheKey) {
  WriteFile(options_.modules_directory / "m" / "1.0.0" / "manifest.json", R"({"name": "m", "idempotnet": true})");
  const ExecutionEnd end = RunToEnd("m");
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_THAT(end.message, HasSubstr("idempotnet"));
}

TEST_F(ModuleFailureTest, ProgramIsMissing_1067ThatNamesIt) {
  WriteFile(options_.modules_directory / "m" / "1.0.0" / "manifest.json",
            R"({"name": "m", "version": "1.0.0", "min_protocol": 1, "max_protocol": 1, "command": "gone"})");
  EXPECT_THAT(RunToEnd("m").message, HasSubstr("gone"));
}

TEST_F(ModuleFailureTest, ProgramIsNoProgram_1067) {
  const auto folder = options_.modules_directory / "m" / "1.0.0";
  WriteFile(folder / "manifest.json",
            R"({"name": "m", "version": "1.0.0", "min_protocol": 1, "max_protocol": 1, "command": "text"})");
  WriteFile(folder / "text", "not a program");
  const ExecutionEnd end = RunToEnd("m");
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_THAT(end.message, HasSubstr("could not be started"));
}

TEST_F(ModuleFailureTest, FilesWereTamperedWith_1067WithTheFileAndNoProcess) {
  options_.verify = [&](const InstalledModule& module) {
    EXPECT_EQ(module.folder, options_.modules_directory / "m" / "1.0.0");
    return absl::FailedPreconditionError("run: was changed");
  };
  options_.restart_backoff = absl::Hours(1);
  Restart();
  // Would say so.
  Install("m", "rubbish");
  const ExecutionEnd end = RunToEnd("m");
  EXPECT_EQ(end.kind, ExecutionEnd::Kind::kNotRun);
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_THAT(end.message, HasSubstr("module m 1.0.0: its process could not be started: run: was changed"));
}

TEST_F(ModuleFailureTest, FailsAgainAndAgain_BrokenAndAnsweredAtOnceWithTheCause) {
  options_.max_failures = 3;
  Restart();
  Install("m", "exits");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(RunToEnd("m").win32_code, 1067U);
  EXPECT_EQ(StatusOf("m").state(), v1::ModuleStatus::BROKEN);
  const uint32_t restarts = StatusOf("m").restarts();
  EXPECT_EQ(RunToEnd("m").win32_code, 1067U);
  EXPECT_EQ(StatusOf("m").restarts(), restarts);
  EXPECT_THAT(StatusOf("m").message(), HasSubstr("exit code 3"));
}

TEST_F(ModuleFailureTest, WhatBrokeItIsGoneAfterAWhile_ItServes) {
  options_.max_failures = 1;
  options_.restart_backoff_max = absl::ZeroDuration();
  Restart();
  Install("m", "exits");
  EXPECT_EQ(RunToEnd("m").win32_code, 1067U);
  EXPECT_EQ(StatusOf("m").state(), v1::ModuleStatus::BROKEN);
  EXPECT_EQ(RunToEnd("m").win32_code, 1067U);
  EXPECT_EQ(StatusOf("m").restarts(), 1U);
  Install("m", "good");
  EXPECT_EQ(RunToEnd("m").result.outcome(), v1::DONE);
}

TEST_F(ModuleFailureTest, OneIsBroken_OthersServe) {
  options_.max_failures = 1;
  Restart();
  Install("bad", "exits");
  Install("good_one", "good");
  EXPECT_EQ(RunToEnd("bad").win32_code, 1067U);
  EXPECT_EQ(RunToEnd("good_one").result.outcome(), v1::DONE);
}

TEST_F(ModuleFailureTest, HasOpenResources_IsStartedAgainWithoutBeingAsked) {
  Install("m", "good");
  ResourceSpec spec;
  spec.resource = "Lock";
  spec.module = "m";
  supervisor_->OpenResource(spec);
  listener_->AwaitNotifications(1);
  EXPECT_EQ(RunToEnd("m", "crash").win32_code, 1067U);
  // Only a new process that was told of the resource says so again.
  listener_->AwaitNotifications(2);
  EXPECT_EQ(StatusOf("m").restarts(), 1U);
}

TEST_F(ModuleFailureTest, NextOperationComesWhileTheEndIsTold_ItRunsInTheNextProcess) {
  Install("m", "good");
  RunToEnd("m");
  std::shared_ptr<RecordingRun> next;
  absl::Notification came;
  const std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<OnLine>("name=ModuleFailed", [&] {
                                         next = Execute(Request("m", "done"));
                                         came.Notify();
                                       })));
  const ExecutionEnd end = RunToEnd("m", "crash");
  EXPECT_TRUE(came.WaitForNotificationWithTimeout(kPatience));
  EXPECT_EQ(end.win32_code, 1067U);
  EXPECT_EQ(next->End().result.outcome(), v1::DONE);
  spdlog::set_default_logger(before);
}

}  // namespace
}  // namespace resource_broker::broker::testing
