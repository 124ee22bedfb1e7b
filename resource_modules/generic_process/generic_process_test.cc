#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "resource_modules/process/testing/running.h"
#include "resource_modules/testing/module_program.h"

namespace resource_broker {
namespace {

using process::IsRunning;
using testing::BuiltProgram;
using testing::Context;
using ::testing::HasSubstr;
using testing::ModuleProgram;
using testing::Outcome;

constexpr uint32_t kOfflineIgnoreResourceStatus = 0x01;
constexpr uint32_t kOfflineDueToEmbeddedFailure = 0x10;

class GenericProcessTest : public ::testing::Test {
 protected:
  GenericProcessTest() : module_("generic_process") {
    module_.Set("Executable", BuiltProgram("resource_modules/process/process_subject"));
    module_.Set("StartGraceMs", "200");
  }

  void Subject(const std::vector<std::string>& arguments) { module_.Set("Arguments", arguments); }

  // The process id that the module reports.
  static uint32_t ProcessIdIn(const Outcome& outcome) {
    std::string text = outcome.messages();
    size_t at = text.find("as process ");
    return at == text.npos ? 0 : static_cast<uint32_t>(std::stoul(text.substr(at + 11)));
  }

  uint32_t MustGoOnline() {
    Outcome online = module_.Online("r1");
    EXPECT_EQ(online.result().outcome(), v1::DONE) << online.result().message();
    uint32_t process_id = ProcessIdIn(online);
    EXPECT_TRUE(IsRunning(process_id));
    return process_id;
  }

  ModuleProgram module_;
};

TEST_F(GenericProcessTest, OnlineThenOffline_TheProgramRunsAndEndsItsOwnWay) {
  Subject({"graceful", "0"});
  uint32_t process_id = MustGoOnline();
  EXPECT_EQ(module_.CheckHealth("r1"), v1::ALIVE);
  Outcome offline = module_.Offline("r1");
  EXPECT_EQ(offline.result().outcome(), v1::DONE) << offline.result().message();
  if (process::CanBeAskedToEnd()) {
    EXPECT_THAT(offline.messages(), HasSubstr("the program has ended: exit code 0"));
  }
  EXPECT_FALSE(IsRunning(process_id));
  EXPECT_EQ(module_.CheckHealth("r1"), v1::DEAD);
}

TEST_F(GenericProcessTest, OnlineWhileItRuns_IsDoneAndStartsNoSecond) {
  Subject({"wait"});
  uint32_t process_id = MustGoOnline();
  Outcome again = module_.Online("r1");
  EXPECT_EQ(again.result().outcome(), v1::DONE);
  EXPECT_THAT(again.messages(), HasSubstr("runs already as process " + std::to_string(process_id)));
  EXPECT_EQ(module_.Offline("r1").result().outcome(), v1::DONE);
  EXPECT_EQ(module_.Offline("r1").result().outcome(), v1::DONE);
}

TEST_F(GenericProcessTest, StubbornProgram_IsEndedAfterTheTimeoutOfTheInBuffer) {
  if (!process::CanBeAskedToEnd()) GTEST_SKIP() << "this system does not deliver CTRL_BREAK";
  Subject({"stubborn"});
  uint32_t process_id = MustGoOnline();
  v1::ExecuteRequest request = module_.Request(v1::OFFLINE, "r1");
  request.mutable_operation()->set_in_buffer(R"({"TimeoutMs": 300})");
  Outcome offline = module_.Execute(request);
  EXPECT_EQ(offline.result().outcome(), v1::DONE) << offline.result().message();
  EXPECT_THAT(offline.messages(), HasSubstr("did not end in time"));
  EXPECT_FALSE(IsRunning(process_id));
}

TEST_F(GenericProcessTest, EmbeddedFailureOrModeHard_NothingIsAsked) {
  for (bool by_flag : {true, false}) {
    Subject({"stubborn"});
    uint32_t process_id = MustGoOnline();
    v1::ExecuteRequest request = module_.Request(v1::OFFLINE, "r1");
    request.mutable_operation()->set_flags(by_flag ? kOfflineDueToEmbeddedFailure : kOfflineIgnoreResourceStatus);
    if (!by_flag) request.mutable_operation()->set_in_buffer(R"({"Mode": "hard"})");
    Outcome offline = module_.Execute(request);
    EXPECT_EQ(offline.result().outcome(), v1::DONE) << offline.result().message();
    EXPECT_THAT(offline.messages(), HasSubstr("no grace is wanted"));
    EXPECT_FALSE(IsRunning(process_id));
  }
}

TEST_F(GenericProcessTest, UnreadableInBuffer_IsIgnoredAndSaidSo) {
  Subject({"graceful", "0"});
  MustGoOnline();
  v1::ExecuteRequest request = module_.Request(v1::OFFLINE, "r1");
  request.mutable_operation()->set_in_buffer("xyz");
  Outcome offline = module_.Execute(request);
  EXPECT_EQ(offline.result().outcome(), v1::DONE);
  EXPECT_THAT(offline.messages(), HasSubstr("InBuffer ignored"));
}

TEST_F(GenericProcessTest, ProgramEndsAtOnce_OnlineFailsWithItsExitCode) {
  Subject({"exit", "7"});
  Outcome online = module_.Online("r1");
  EXPECT_EQ(online.result().outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(online.result().win32_code(), 1067);
  EXPECT_EQ(online.result().module_code(), 7);
  EXPECT_THAT(online.result().message(), HasSubstr("exit code 7"));
}

TEST_F(GenericProcessTest, PropertyMissingOrWrong_FailsAndNamesIt) {
  module_.Set("StopTimeoutMs", "soon");
  Outcome online = module_.Online("r1");
  EXPECT_EQ(online.result().win32_code(), 87);
  EXPECT_THAT(online.result().message(), HasSubstr("StopTimeoutMs"));
  module_.Set("Executable", std::vector<std::string>{"a", "b"});
  EXPECT_THAT(module_.Online("r1").result().message(), HasSubstr("Executable"));
}

TEST_F(GenericProcessTest, ProgramDiesByItself_TheBrokerIsTold) {
  Subject({"wait"});
  auto context = Context();
  auto watch = module_.stub().Watch(context.get(), v1::ModuleWatchRequest());
  uint32_t process_id = MustGoOnline();
  process::KillProcess(process_id);
  v1::ModuleNotification health;
  ASSERT_TRUE(watch->Read(&health));
  EXPECT_EQ(health.resource(), "r1");
  EXPECT_EQ(health.health(), v1::DEAD);
  v1::ModuleNotification failure;
  ASSERT_TRUE(watch->Read(&failure));
  EXPECT_TRUE(failure.has_failure());
  EXPECT_EQ(module_.CheckHealth("r1"), v1::DEAD);
  context->TryCancel();
}

TEST_F(GenericProcessTest, TerminateDuringAGracefulStop_EndsItAtOnce) {
  if (!process::CanBeAskedToEnd()) GTEST_SKIP() << "this system does not deliver CTRL_BREAK";
  Subject({"stubborn"});
  uint32_t process_id = MustGoOnline();
  grpc::Status terminated;
  std::thread terminator;
  Outcome offline = module_.Execute(module_.Request(v1::OFFLINE, "r1"), [&](const v1::ExecuteEvent& step) {
    if (step.step() == 1) terminator = std::thread([&] { terminated = module_.Terminate("r1"); });
  });
  terminator.join();
  EXPECT_TRUE(terminated.ok()) << terminated.error_message();
  EXPECT_EQ(offline.result().outcome(), v1::OUTCOME_TERMINATED);
  EXPECT_EQ(offline.result().win32_code(), 995);
  EXPECT_FALSE(IsRunning(process_id));
}

TEST_F(GenericProcessTest, CancelOfAGracefulStop_TheProgramStillRuns) {
  if (!process::CanBeAskedToEnd()) GTEST_SKIP() << "this system does not deliver CTRL_BREAK";
  Subject({"stubborn"});
  uint32_t process_id = MustGoOnline();
  v1::ExecuteRequest request = module_.Request(v1::OFFLINE, "r1");
  Outcome offline = module_.Execute(request, [&](const v1::ExecuteEvent& step) {
    if (step.step() == 1) module_.Cancel(request.operation().id());
  });
  EXPECT_EQ(offline.result().outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_EQ(offline.result().win32_code(), 1223);
  EXPECT_TRUE(IsRunning(process_id));
  EXPECT_EQ(module_.CheckHealth("r1"), v1::ALIVE);
}

TEST_F(GenericProcessTest, ModuleKilled_TheProgramEndsToo) {
  Subject({"wait"});
  uint32_t process_id = MustGoOnline();
  process::KillProcess(module_.tree().process_id());
  EXPECT_TRUE(process::WaitUntilGone(process_id, std::chrono::seconds(20)));
}

TEST_F(GenericProcessTest, ResourceClosed_TheProgramEnds) {
  Subject({"wait"});
  uint32_t process_id = MustGoOnline();
  v1::ModuleCloseResourceRequest request;
  request.set_resource("r1");
  v1::ModuleCloseResourceResponse response;
  EXPECT_TRUE(module_.stub().CloseResource(Context().get(), request, &response).ok());
  EXPECT_FALSE(IsRunning(process_id));
}

}  // namespace
}  // namespace resource_broker
