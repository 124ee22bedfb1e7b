// The host against real resource DLLs: a correct one, and one that breaks a rule at a time.
#include "clients/rhs_host/host.h"

#include <memory>
#include <sstream>
#include <string>

#include "clients/console/console.h"
#include "clients/rhs_host/clusapi/serving.h"
#include "clients/rhs_host/script.h"
#include "clients/rhs_host/script_runner.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace resource_broker::rhs_host {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class HostTest : public ::testing::Test {
 protected:
  HostTest() {
    auto serving = Serving::Start(&registry_);
    EXPECT_TRUE(serving.ok()) << serving.status();
    serving_ = *std::move(serving);
  }

  // Runs a script against one of the DLLs beside the test.
  void Run(const std::string& dll_name, const std::string& script) {
    auto dll = ResourceDll::Load(console::ProgramFolder() + TEST_RESOURCE_FOLDER + dll_name + TEST_RESOURCE_SUFFIX);
    ASSERT_TRUE(dll.ok()) << dll.status();
    auto steps = ParseScript(script, "Minimal");
    ASSERT_TRUE(steps.ok()) << steps.status();
    std::ostringstream text;
    std::ostringstream json;
    Timeline timeline({&text, &json, false});
    {
      Host host(options_, dll->get(), &registry_, &timeline);
      ScriptRunner runner(&host, &registry_, &timeline);
      status_ = runner.Run(*steps);
      if (!host.stuck()) host.CloseAll();
      failures_ = runner.failures();
      violations_ = host.violations();
    }
    text_ = text.str();
    json_ = json.str();
  }

  void RunFaulty(const std::string& script) { Run("faulty_resource", script); }
  void RunMinimal(const std::string& script) { Run("minimal_resource", script); }

  HostOptions options_;
  ClusterRegistry registry_;
  std::unique_ptr<Serving> serving_;
  absl::Status status_;
  int failures_ = 0;
  int violations_ = 0;
  std::string text_;
  std::string json_;
};

TEST_F(HostTest, CorrectDllGoesOnlineAndOfflineWithoutAViolation) {
  RunMinimal(R"(
    open r1
    expect r1 state=Offline open=true last=0
    online r1 expect=997
    wait r1 state=Online
    expect r1 checkpoints=3 final-reports=1 checkpoint=4 return-under=1s
    alive r1 expect=true
    looks r1 expect=true
    offline r1 dest=NODE2 flags=QUEUE_ENABLED|0x20 in=text:hello reserved=7 expect=997
    wait r1 state=Offline final-reports=1
    alive r1 expect=false
    control r1 code=0x01000005 out=4 expect=0
    expect r1 bytes=4 out=00000000
    control r1 code=0x01000005 out=3 expect=234
    control r1 code=0x01000999 expect=1
    type-control code=0x02000000 expect=0
    close r1
    expect r1 open=false
  )");
  EXPECT_EQ(failures_, 0) << text_;
  EXPECT_EQ(violations_, 0) << text_;
  EXPECT_THAT(text_, HasSubstr("OfflineV2 dest=\"NODE2\" flags=QUEUE_ENABLED|IGNORE_NETWORK_CONNECTIVITY in=5 bytes "
                               "reserved=0x7"));
  EXPECT_THAT(text_, HasSubstr("# info: done after 3 steps"));
  EXPECT_THAT(json_, HasSubstr("\"in_size\": 5, \"in\": \"68656c6c6f\""));
  EXPECT_THAT(json_, AllOf(HasSubstr("\"kind\": \"report\", \"resource\": \"r1\", \"state\": \"Offline\""),
                           HasSubstr("\"destination\": \"NODE2\"")));
}

TEST_F(HostTest, PropertiesAreReadFromTheRegistryAndChangeAtRunTime) {
  RunMinimal(R"(
    property r1 StepMs:dword=1
    open r1
    online r1
    wait r1 state=Online
    property r1 StepMs:dword=60000
    offline r1
    expect r1 state=OfflinePending checkpoints=0
    cancel r1 expect=0
    wait r1 state=Offline
  )");
  EXPECT_EQ(failures_, 0) << text_;
  EXPECT_EQ(violations_, 0) << text_;
}

TEST_F(HostTest, HundredResourcesAtOnce) {
  RunMinimal(R"(
    for r in 1..100 : open r{r}
    for r in 1..100 : & online r{r} expect=997
    join
    for r in 1..100 : wait r{r} state=Online final-reports=1
    for r in 1..100 : & offline r{r} flags={r} expect=997
    for r in 1..100 : wait r{r} state=Offline final-reports=1
    for r in 1..100 : & close r{r}
    join
  )");
  EXPECT_EQ(failures_, 0) << text_;
  EXPECT_EQ(violations_, 0) << text_;
}

TEST_F(HostTest, ExpectationsThatDoNotHoldAreCountedWithTheirLine) {
  RunMinimal("open r1\nexpect r1 state=Online\nlooks r1 expect=true\nonline r2\nwait r1 state=Failed timeout=20ms");
  EXPECT_EQ(failures_, 4) << text_;
  EXPECT_THAT(text_, HasSubstr("FAILED state=Online, but it is Offline (state=Online) [line 2]"));
  EXPECT_THAT(text_, HasSubstr("FAILED LooksAlive returned FALSE, expected TRUE [line 3]"));
  EXPECT_THAT(text_, HasSubstr("r2 is not open [line 4]"));
  EXPECT_THAT(text_, HasSubstr("not within 20ms"));
}

TEST_F(HostTest, TerminateWhilePendingEndsTheOperationSilently) {
  RunMinimal(R"(
    property r1 StepMs:dword=60000
    open r1
    online r1
    terminate r1
    expect r1 state=Offline pending=false reports=0
  )");
  EXPECT_EQ(failures_, 0) << text_;
  EXPECT_EQ(violations_, 0) << text_;
}

TEST_F(HostTest, WhatIsPendingAtTheEndIsTerminatedAndClosed) {
  RunMinimal("property r1 StepMs:dword=60000\nopen r1\nonline r1");
  EXPECT_EQ(violations_, 0) << text_;
  EXPECT_LT(text_.find("> Terminate"), text_.find("> Close")) << text_;
}

TEST_F(HostTest, ForeignAndClosedResidsArePassedOnRequest) {
  RunMinimal(R"(
    open r1
    open r2
    close r1
    offline r1 resid=closed expect=5007
    online ghost resid=0xdeadbeef in-size=12 expect=5007
    alive r1 resid=null expect=false
    close r1 resid=closed
    expect r2 state=Offline
  )");
  EXPECT_EQ(failures_, 0) << text_;
  EXPECT_EQ(violations_, 0) << text_;
}

TEST_F(HostTest, StartupIsCheckedByTypeAndVersion) {
  RunMinimal(R"(
    startup type=Other expect=5080
    startup min=0x300 max=0x400 expect=1306
    startup min=0x100 max=0x200 expect=0
  )");
  EXPECT_EQ(failures_, 0) << text_;
  RunMinimal("open r1 type=Other\nopen r2");
  EXPECT_EQ(status_.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status_.message()), AllOf(HasSubstr("line 1"), HasSubstr("5080")));
  EXPECT_THAT(text_, Not(HasSubstr("OpenV2")));
}

TEST_F(HostTest, ADllWithoutATableIsNotStarted) {
  RunFaulty("open r1 type=\"No Table\"");
  EXPECT_THAT(std::string(status_.message()), HasSubstr("without a function table"));
}

TEST_F(HostTest, FileThatIsNoResourceDllIsRefused) {
  EXPECT_EQ(ResourceDll::Load("does_not_exist").status().code(), absl::StatusCode::kNotFound);
}

struct Fault {
  const char* name;
  const char* violation;
};

class FaultTest : public HostTest, public ::testing::WithParamInterface<Fault> {};

TEST_P(FaultTest, IsAViolationAndTheHostGoesOn) {
  options_.pending_timeout = absl::Milliseconds(150);
  RunFaulty(std::string("open r1\nopen r2\noffline r1 in=text:") + GetParam().name +
            "\nwait r1 violations>=1\nonline r2 expect=0");
  EXPECT_EQ(failures_, 0) << text_;
  EXPECT_EQ(violations_, 1) << text_;
  EXPECT_THAT(text_, HasSubstr(std::string("! VIOLATION ") + GetParam().violation));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultTest,
    ::testing::Values(Fault{"reports-twice", "reported again after the final report"},
                      Fault{"same-checkpoint", "CheckPoint went from 1 to 1"},
                      Fault{"wrong-pending", "reported OnlinePending during OfflineV2"},
                      Fault{"silent", "no report within PendingTimeout (150 ms)"},
                      Fault{"throws", "OfflineV2: an exception left the entry point: on purpose"},
                      Fault{"reports-then-0", "OfflineV2 returned 0 ERROR_SUCCESS after 1 report(s)"},
                      Fault{"foreign-handle", "SetResourceStatusEx with the RESOURCE_HANDLE 0x1234"}),
    [](const auto& info) {
      std::string name = info.param.name;
      name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
      return name;
    });

TEST_F(HostTest, PendingTimeoutExceededIsFollowedByTerminate) {
  RunFaulty("open r1 pending-timeout=100ms\nonline r1 in=text:silent\nwait r1 state=Failed\nclose r1");
  EXPECT_EQ(violations_, 1) << text_;
  EXPECT_THAT(text_, HasSubstr("Terminate, since OnlineV2 exceeded PendingTimeout"));
  EXPECT_LT(text_.find("< Terminate"), text_.find("> Close")) << text_;
}

TEST_F(HostTest, WithoutAutomaticTerminateASilentOperationIsReportedOnce) {
  options_.terminate_on_failure = false;
  RunFaulty("open r1 pending-timeout=50ms\nonline r1 in=text:silent\nwait r1 violations>=1\nsleep 200ms");
  EXPECT_EQ(violations_, 1) << text_;
}

TEST_F(HostTest, ReportsAfterTheAnswerTerminateAreViolations) {
  RunFaulty("open r1\nonline r1 in=text:deaf\nterminate r1");
  EXPECT_EQ(violations_, 1) << text_;
  EXPECT_THAT(text_, HasSubstr("answered Terminate\n"));
  EXPECT_THAT(text_, HasSubstr("reported again after SetResourceStatusEx had answered Terminate"));
}

TEST_F(HostTest, FailuresAreFollowedByTerminate) {
  RunFaulty(R"(
    open r1
    online r1 in=text:fails expect=5038
    expect r1 state=Failed
    online r1 in=text:fails-later expect=997
    wait r1 state=Failed app=4711 flags=NETWORK_NOT_AVAILABLE
    online r1 in=text:dies expect=0
    alive r1 expect=false
    expect r1 state=Failed
  )");
  EXPECT_EQ(failures_, 0) << text_;
  EXPECT_EQ(violations_, 0) << text_;
  EXPECT_THAT(text_, HasSubstr("Terminate, since OnlineV2 failed with 5038 ERROR_RESOURCE_FAILED"));
  EXPECT_THAT(text_, HasSubstr("Terminate, since OnlineV2 ended Failed"));
  EXPECT_THAT(text_, HasSubstr("Terminate, since IsAlive answered FALSE"));
}

TEST_F(HostTest, RefusedOfflineKeepsTheResourceOnline) {
  RunFaulty(R"(
    open r1
    online r1 expect=0
    offline r1 in=text:refuses expect=997
    wait r1 state=Online app=5960 flags=0x1 final-reports=1
  )");
  EXPECT_EQ(failures_, 0) << text_;
  EXPECT_EQ(violations_, 0) << text_;
}

TEST_F(HostTest, ReportAfterCloseIsAViolation) {
  RunFaulty("open r1\nopen r2\nclose r1\nlooks r2");
  EXPECT_EQ(violations_, 1) << text_;
  EXPECT_THAT(text_, HasSubstr("whose resource is closed"));
}

TEST_F(HostTest, RegistryKeysLeakedOrStolenAreViolations) {
  RunFaulty("open r1\nonline r1 in=text:leaks-key\nclose r1\nopen r2\nonline r2 in=text:closes-key\nclose r2");
  EXPECT_EQ(violations_, 2) << text_;
  EXPECT_THAT(text_, HasSubstr("1 registry key(s) opened below ResourceKey are still open after Close"));
  EXPECT_THAT(text_, HasSubstr("the DLL closed ResourceKey"));
}

TEST_F(HostTest, OpenThatFailsBadlyIsAViolation) {
  RunFaulty("open null-without-error expect=0\nopen throws expect=574\nopen r1");
  EXPECT_EQ(failures_, 0) << text_;
  EXPECT_EQ(violations_, 2) << text_;
}

TEST_F(HostTest, LockedModeFailureSignalsAndLaterCallbacksAreOnTheTimeline) {
  RunFaulty(R"(
    open r1
    online r1 in=text:locks
    expect r1 locked=true
    offline r1
    online r1 in=text:signals
    expect r1 failures=1
    offline r1 in=text:later-callback flags=IGNORE_RESOURCE_STATUS expect=120
  )");
  EXPECT_EQ(failures_, 0) << text_;
  EXPECT_THAT(text_, HasSubstr("locked mode on, reason 7"));
  EXPECT_THAT(text_, HasSubstr("note: RHS would not have called OfflineV2: the resource is in locked mode"));
  EXPECT_THAT(text_, HasSubstr("failure signalled, embedded, app=42"));
  EXPECT_THAT(text_, HasSubstr("a callback beyond the first five"));
}

TEST_F(HostTest, CallThatDoesNotReturnEndsTheScript) {
  options_.deadlock_timeout = absl::Milliseconds(100);
  RunFaulty("open r1\nonline r1 in=text:hangs\nprint unreachable");
  EXPECT_EQ(status_.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(violations_, 1);
  EXPECT_THAT(text_, HasSubstr("DeadlockTimeout (100 ms): RHS would have been ended here (event 1230)"));
  EXPECT_THAT(text_, Not(HasSubstr("unreachable")));
}

TEST_F(HostTest, TerminateOvertakesACallThatHangs) {
  RunFaulty("open r1\n& online r1 in=text:hangs\nterminate r1\nexpect r1 last=0\njoin");
  EXPECT_EQ(failures_, 0) << text_;
  EXPECT_LT(text_.find("< Terminate"), text_.find("< OnlineV2")) << text_;
}

TEST_F(HostTest, BuffersLeftAlone_AreNotTouchedByTheHostEither) {
  // Of each kind, with nothing in it: a pointer to the guard page itself.
  RunMinimal("open r1\nonline r1 in=hex:\nwait r1 state=Online\noffline r1 dest=\"\" in=hex:\nwait r1 state=Offline");
  EXPECT_EQ(failures_ + violations_, 0) << text_;
}

// --- What nobody says about RHS ---

TEST_F(HostTest, LockedModeEx_IsServedWhereItIsAssumedToBeThere) {
  options_.assumptions.has_locked_mode_ex = true;
  RunFaulty("open r1\nonline r1\noffline r1 in=text:later-callback flags=1 expect=0\nexpect r1 locked=true");
  EXPECT_EQ(failures_, 0) << text_;
}

TEST_F(HostTest, ReattachStripped_FlagsDoNotReachTheDll) {
  options_.assumptions.strips_reattach = true;
  RunMinimal("open r1 flags=RECOVER_MONITOR_STATE\nonline r1 flags=RECOVER_MONITOR_STATE|2\nwait r1 state=Online");
  EXPECT_THAT(text_, AllOf(HasSubstr("> OpenV2 flags=0\n"), HasSubstr("> OnlineV2 flags=IGNORE_RESOURCE_STATUS\n")));
}

TEST_F(HostTest, UpgradeDllRefused_DoesNotReachTheDll) {
  options_.assumptions.refuses_upgrade_dll = true;
  RunMinimal("open r1\ncontrol r1 code=0x014000BA expect=50\ncontrol r1 code=0x01000000 expect=0");
  EXPECT_EQ(failures_, 0) << text_;
  EXPECT_THAT(text_, Not(HasSubstr("> ResourceControl code=0x014000ba")));
}

TEST_F(HostTest, OfflineReasonInReserved_IsPassedWhereTheScriptSaysNothing) {
  options_.assumptions.reason_in_reserved = true;
  RunMinimal("open r1\noffline r1\nwait r1 state=Offline\noffline r1 reserved=9\nwait r1 final-reports=1");
  EXPECT_THAT(text_, AllOf(HasSubstr("reserved=0x4"), HasSubstr("reserved=0x9")));
}

TEST_F(HostTest, SerialisedByDll_CallsOfTwoResourcesDoNotOverlap) {
  options_.assumptions.serialised = Assumptions::Scope::kDll;
  RunFaulty("open r1\nopen r2\n& online r1 in=text:hangs\n& online r2 in=text:hangs\njoin");
  const size_t first_return = text_.find("< OnlineV2");
  EXPECT_GT(text_.rfind("> OnlineV2"), first_return) << text_;
}

TEST_F(HostTest, CancelOnTheResourcesThread_WaitsForTheCallThatRuns) {
  options_.assumptions.cancel_waits = true;
  RunFaulty("open r1\n& online r1 in=text:hangs\n& cancel r1\njoin");
  EXPECT_LT(text_.find("< OnlineV2"), text_.find("> Cancel")) << text_;
}

TEST_F(HostTest, EndOfRhs_IsToldWithWhatItTakesAlong) {
  RunFaulty("open r1\nopen r2\nonline r1 in=text:throws");
  EXPECT_THAT(text_, HasSubstr("source 3); all 2 resources of its process would start again (event 1146)"));
  options_.assumptions.separates_after_crash = true;
  RunFaulty("open r1\nopen r2\nonline r1 in=text:throws");
  EXPECT_THAT(text_, HasSubstr("source 3); it would go on in an RHS of its own"));
}

}  // namespace
}  // namespace resource_broker::rhs_host
