#include "clients/rhs_host/resource_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::Duration kTimeout = absl::Seconds(3);

absl::Duration At(int ms) { return absl::Milliseconds(ms); }

resapi::RESOURCE_STATUS_EX Status(resapi::CLUSTER_RESOURCE_STATE state, uint32_t checkpoint = 0) {
  resapi::RESOURCE_STATUS_EX status = {};
  status.ResourceState = state;
  status.CheckPoint = checkpoint;
  return status;
}

class ResourceRulesTest : public ::testing::Test {
 protected:
  void PendOffline() {
    rules_.OperationCalled(Operation::kOffline, 0);
    rules_.OperationReturned(win32::kIoPending, At(10));
  }
  ResourceRules rules_{kTimeout};
};

TEST_F(ResourceRulesTest, PendedOfflineWithGrowingCheckpointsEndsOffline) {
  PendOffline();
  EXPECT_EQ(rules_.state(), resapi::ClusterResourceOfflinePending);
  for (uint32_t checkpoint : {1, 2, 7}) {
    const Verdict verdict = rules_.Reported(Status(resapi::ClusterResourceOfflinePending, checkpoint), At(20));
    EXPECT_THAT(verdict.violations, IsEmpty());
    EXPECT_EQ(verdict.answer, resapi::ResourceExitStateContinue);
  }
  const Verdict verdict = rules_.Reported(Status(resapi::ClusterResourceOffline, 8), At(30));
  EXPECT_THAT(verdict.violations, IsEmpty());
  EXPECT_THAT(verdict.terminate_because, IsEmpty());
  EXPECT_EQ(rules_.state(), resapi::ClusterResourceOffline);
  EXPECT_EQ(rules_.reports(), 4);
  EXPECT_EQ(rules_.final_reports(), 1);
  EXPECT_EQ(rules_.deadline(), std::nullopt);
}

TEST_F(ResourceRulesTest, ReturnCodesEndAnOperationWithoutReports) {
  rules_.OperationCalled(Operation::kOnline, 0);
  EXPECT_THAT(rules_.OperationReturned(win32::kSuccess, At(1)).terminate_because, IsEmpty());
  EXPECT_EQ(rules_.state(), resapi::ClusterResourceOnline);
  rules_.OperationCalled(Operation::kOffline, 0);
  EXPECT_THAT(rules_.OperationReturned(win32::kResourceFailed, At(2)).terminate_because, HasSubstr("5038"));
  EXPECT_EQ(rules_.state(), resapi::ClusterResourceFailed);
}

TEST_F(ResourceRulesTest, FinalReportOvertakesTheReturn) {
  rules_.OperationCalled(Operation::kOnline, 0);
  const Verdict early = rules_.Reported(Status(resapi::ClusterResourceOnline, 1), At(1));
  EXPECT_THAT(early.violations, IsEmpty());
  EXPECT_THAT(early.notes, ElementsAre(HasSubstr("before OnlineV2 returned")));
  EXPECT_THAT(rules_.OperationReturned(win32::kIoPending, At(2)).violations, IsEmpty());
  EXPECT_EQ(rules_.state(), resapi::ClusterResourceOnline);
  EXPECT_FALSE(rules_.pending());
}

TEST_F(ResourceRulesTest, ReportsWithASynchronousReturnBreakTheRules) {
  rules_.OperationCalled(Operation::kOnline, 0);
  rules_.Reported(Status(resapi::ClusterResourceOnline, 1), At(1));
  EXPECT_THAT(rules_.OperationReturned(win32::kSuccess, At(2)).violations, ElementsAre(HasSubstr("only 997")));
}

TEST_F(ResourceRulesTest, SecondFinalReportBreaksTheRules) {
  PendOffline();
  rules_.Reported(Status(resapi::ClusterResourceOffline), At(20));
  EXPECT_THAT(rules_.Reported(Status(resapi::ClusterResourceOffline), At(21)).violations,
              ElementsAre(HasSubstr("after the final report")));
  EXPECT_EQ(rules_.final_reports(), 1);
}

TEST_F(ResourceRulesTest, ReportWithoutAnOperationBreaksTheRules) {
  EXPECT_THAT(rules_.Reported(Status(resapi::ClusterResourceOnline), At(1)).violations,
              ElementsAre(HasSubstr("no operation is pending")));
  EXPECT_EQ(rules_.state(), resapi::ClusterResourceOffline);
}

TEST_F(ResourceRulesTest, CheckpointThatDoesNotGrowBreaksTheRules) {
  PendOffline();
  rules_.Reported(Status(resapi::ClusterResourceOfflinePending, 4), At(20));
  EXPECT_THAT(rules_.Reported(Status(resapi::ClusterResourceOfflinePending, 4), At(21)).violations,
              ElementsAre(HasSubstr("from 4 to 4")));
  EXPECT_THAT(rules_.Reported(Status(resapi::ClusterResourceOfflinePending, 3), At(22)).violations,
              ElementsAre(HasSubstr("from 4 to 3")));
}

TEST_F(ResourceRulesTest, PendingStateOfTheOtherOperationBreaksTheRules) {
  PendOffline();
  EXPECT_THAT(rules_.Reported(Status(resapi::ClusterResourceOnlinePending, 1), At(20)).violations,
              ElementsAre(HasSubstr("OnlinePending during OfflineV2")));
}

TEST_F(ResourceRulesTest, StatesNoReportMayCarryBreakTheRules) {
  PendOffline();
  EXPECT_THAT(rules_.Reported(Status(resapi::ClusterResourceInitializing, 1), At(20)).violations,
              ElementsAre(HasSubstr("Initializing")));
  EXPECT_TRUE(rules_.pending());
}

TEST_F(ResourceRulesTest, RefusedOfflineMayEndOnline) {
  PendOffline();
  EXPECT_THAT(rules_.Reported(Status(resapi::ClusterResourceOnline, 1), At(20)).violations, IsEmpty());
  EXPECT_EQ(rules_.state(), resapi::ClusterResourceOnline);
}

TEST_F(ResourceRulesTest, EachReportRestartsThePendingTimeout) {
  PendOffline();
  EXPECT_EQ(rules_.deadline(), At(10) + kTimeout);
  rules_.Reported(Status(resapi::ClusterResourceOfflinePending, 1), At(500));
  EXPECT_EQ(rules_.deadline(), At(500) + kTimeout);
  const Verdict verdict = rules_.PendingTimeoutPassed();
  EXPECT_THAT(verdict.violations, ElementsAre(HasSubstr("RHS would have called Terminate here")));
  EXPECT_THAT(verdict.terminate_because, HasSubstr("PendingTimeout"));
}

TEST_F(ResourceRulesTest, TerminateDuringAnOperationIsToldOnceAndThenSilenceIsDue) {
  PendOffline();
  rules_.TerminateCalled(false);
  EXPECT_EQ(rules_.state(), resapi::ClusterResourceOffline);
  Verdict verdict = rules_.Reported(Status(resapi::ClusterResourceOfflinePending, 1), At(20));
  EXPECT_EQ(verdict.answer, resapi::ResourceExitStateTerminate);
  EXPECT_THAT(verdict.violations, IsEmpty());
  verdict = rules_.Reported(Status(resapi::ClusterResourceOfflinePending, 2), At(21));
  EXPECT_EQ(verdict.answer, resapi::ResourceExitStateTerminate);
  EXPECT_THAT(verdict.violations, ElementsAre(HasSubstr("had answered Terminate")));
}

TEST_F(ResourceRulesTest, ReportAfterTerminateReturnedBreaksTheRules) {
  PendOffline();
  rules_.TerminateCalled(true);
  rules_.TerminateReturned();
  EXPECT_EQ(rules_.state(), resapi::ClusterResourceFailed);
  EXPECT_THAT(rules_.Reported(Status(resapi::ClusterResourceOffline, 1), At(20)).violations,
              ElementsAre(HasSubstr("after Terminate had returned")));
}

TEST_F(ResourceRulesTest, TerminateOvertakesTheEntryPoint) {
  rules_.OperationCalled(Operation::kOnline, 0);
  rules_.TerminateCalled(false);
  rules_.TerminateReturned();
  EXPECT_THAT(rules_.Reported(Status(resapi::ClusterResourceOnline, 1), At(1)).violations, IsEmpty())
      << "the entry point has not returned: the worker may still find out";
  EXPECT_THAT(rules_.OperationReturned(win32::kIoPending, At(2)).violations, IsEmpty());
  EXPECT_FALSE(rules_.pending());
  EXPECT_EQ(rules_.state(), resapi::ClusterResourceOffline);
}

TEST_F(ResourceRulesTest, CallWhilePendingThatIsRefusedLeavesTheOperation) {
  PendOffline();
  EXPECT_THAT(rules_.OperationCalled(Operation::kOnline, 0).notes, ElementsAre(HasSubstr("OfflineV2 is pending")));
  const Verdict verdict = rules_.OperationReturned(win32::kInvalidState, At(20));
  EXPECT_THAT(verdict.terminate_because, IsEmpty());
  EXPECT_TRUE(rules_.pending());
  EXPECT_EQ(rules_.state(), resapi::ClusterResourceOfflinePending);
  EXPECT_THAT(rules_.Reported(Status(resapi::ClusterResourceOffline), At(30)).violations, IsEmpty());
}

TEST_F(ResourceRulesTest, LockedModeIsNotedUnlessTheFlagIgnoresIt) {
  rules_.LockedModeSet(true);
  EXPECT_THAT(rules_.OperationCalled(Operation::kOffline, 0x04).notes, ElementsAre(HasSubstr("locked mode")));
  rules_.OperationReturned(win32::kSuccess, At(1));
  EXPECT_THAT(rules_.OperationCalled(Operation::kOffline, 0x01).notes, IsEmpty());
}

TEST_F(ResourceRulesTest, IsAliveFalseFailsAnOnlineResourceOnly) {
  EXPECT_THAT(rules_.IsAliveReturned(false).terminate_because, IsEmpty());
  rules_.OperationCalled(Operation::kOnline, 0);
  rules_.OperationReturned(win32::kSuccess, At(1));
  EXPECT_THAT(rules_.IsAliveReturned(true).terminate_because, IsEmpty());
  EXPECT_THAT(rules_.IsAliveReturned(false).terminate_because, HasSubstr("IsAlive"));
  EXPECT_EQ(rules_.state(), resapi::ClusterResourceFailed);
}

TEST(AssumptionsTest, RefusalAtOnce_IsAVetoWhereItIsAssumedToBe) {
  Assumptions assumptions;
  ASSERT_TRUE(Assume("synchronous-refusal=veto", &assumptions).ok());
  for (const bool veto : {false, true}) {
    ResourceRules rules(absl::Seconds(1), veto ? assumptions : Assumptions{});
    rules.OperationCalled(Operation::kOffline, 0);
    const Verdict verdict = rules.OperationReturned(5960, absl::ZeroDuration());
    EXPECT_EQ(rules.state(), veto ? resapi::ClusterResourceOnline : resapi::ClusterResourceFailed);
    EXPECT_EQ(verdict.terminate_because.empty(), veto);
  }
}

TEST(AssumptionsTest, BusyReport_EndsTheOperationWhereItIsAssumedTo) {
  Assumptions assumptions;
  ASSERT_TRUE(Assume("busy-report=ends", &assumptions).ok());
  ResourceRules rules(absl::Seconds(1), assumptions);
  rules.OperationCalled(Operation::kOffline, 0);
  rules.OperationReturned(997, absl::ZeroDuration());
  resapi::RESOURCE_STATUS_EX status = {};
  status.ResourceState = resapi::ClusterResourceOfflinePending;
  status.CheckPoint = 1;
  rules.Reported(status, absl::ZeroDuration());
  EXPECT_TRUE(rules.pending());
  status.CheckPoint = 2;
  status.Flags = resapi::CLUSRESDLL_STATUS_OFFLINE_BUSY;
  EXPECT_TRUE(rules.Reported(status, absl::ZeroDuration()).violations.empty());
  EXPECT_FALSE(rules.pending());
  EXPECT_EQ(rules.state(), resapi::ClusterResourceOnline);
}

TEST(AssumptionsTest, UnknownNamesAndChoices_AreRefusedWithThoseThereAre) {
  Assumptions assumptions;
  EXPECT_NE(Assume("serialise=node", &assumptions).message().find("resource or type or dll"), std::string::npos);
  EXPECT_NE(Assume("weather=fine", &assumptions).message().find("cancel-thread"), std::string::npos);
}

}  // namespace
}  // namespace resource_broker::rhs_host
