#include "bridge_dll/report_schedule.h"

#include <gtest/gtest.h>

#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bridge {
namespace {

using std::chrono::milliseconds;

const SteadyTime kStart = SteadyTime() + std::chrono::hours(1);

resapi::RESOURCE_STATUS_EX Online() {
  v1::FinalReport report;
  report.set_state(v1::RESOURCE_ONLINE);
  return FinalStatus(v1::ONLINE, report, v1::SUCCEEDED);
}

TEST(ReportSchedule, BeforeTheEntryPointReturned_NothingIsDue) {
  ReportSchedule reports(v1::ONLINE, milliseconds(180000));
  reports.Progressed();
  reports.Ended(Online());
  EXPECT_EQ(reports.due(), kNever);
  EXPECT_FALSE(reports.Next(kStart + std::chrono::hours(1)).has_value());
  reports.Pended(kStart);
  EXPECT_FALSE(reports.Next(kStart).has_value());
  EXPECT_EQ(reports.due(), kStart + ReportSchedule::kReturnDelay);
  EXPECT_TRUE(reports.Next(reports.due()).has_value());
}

TEST(ReportSchedule, Silence_IsReportedInEveryThirdOfPendingTimeoutWithGrowingCheckpoints) {
  for (const milliseconds timeout :
       {milliseconds(10), milliseconds(3000), milliseconds(180000), milliseconds(1 << 30)}) {
    ReportSchedule reports(v1::OFFLINE, timeout);
    reports.Pended(kStart);
    SteadyTime last = kStart;
    for (uint32_t checkpoint = 1; checkpoint <= 100; ++checkpoint) {
      const SteadyTime due = reports.due();
      EXPECT_LT(due - last, timeout / 3);
      EXPECT_LE(due - last, ReportSchedule::kMaxInterval);
      EXPECT_FALSE(reports.Next(due - std::chrono::nanoseconds(1)).has_value());
      const auto status = reports.Next(due);
      ASSERT_TRUE(status.has_value());
      EXPECT_EQ(status->CheckPoint, checkpoint);
      EXPECT_EQ(status->ResourceState, resapi::ClusterResourceOfflinePending);
      EXPECT_FALSE(reports.Next(due).has_value());
      last = due;
    }
  }
}

TEST(ReportSchedule, Progress_IsReportedSoonButNotTooOften) {
  ReportSchedule reports(v1::ONLINE, milliseconds(180000));
  reports.Pended(kStart);
  reports.Progressed();
  EXPECT_EQ(reports.due(), kStart + ReportSchedule::kReturnDelay);
  const SteadyTime first = reports.due();
  ASSERT_TRUE(reports.Next(first).has_value());
  reports.Progressed();
  reports.Progressed();
  EXPECT_EQ(reports.due(), first + ReportSchedule::kProgressInterval);
  ASSERT_TRUE(reports.Next(reports.due()).has_value());
  EXPECT_GT(reports.due(), first + std::chrono::seconds(1));
}

TEST(ReportSchedule, FinalReport_IsMadeAtOnceAndOnceAndLast) {
  ReportSchedule reports(v1::ONLINE, milliseconds(180000));
  reports.Pended(kStart);
  const SteadyTime later = kStart + std::chrono::seconds(1);
  reports.Progressed();
  ASSERT_TRUE(reports.Next(later).has_value());
  reports.Ended(Online());
  reports.Ended(resapi::RESOURCE_STATUS_EX{});
  const auto status = reports.Next(later);
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->ResourceState, resapi::ClusterResourceOnline);
  EXPECT_EQ(status->CheckPoint, 2U);
  EXPECT_TRUE(reports.finished());
  reports.Progressed();
  EXPECT_EQ(reports.due(), kNever);
  EXPECT_FALSE(reports.Next(later + std::chrono::hours(1)).has_value());
}

TEST(FinalStatus, TellsTheModulesCodeOrElseTheWin32Code) {
  v1::FinalReport report;
  report.set_state(v1::RESOURCE_FAILED);
  report.set_win32_code(1053);
  report.set_status_flags(0x100);
  EXPECT_EQ(FinalStatus(v1::OFFLINE, report, v1::FAILED).ApplicationSpecificErrorCode, 1053U);
  report.set_module_code(7);
  const resapi::RESOURCE_STATUS_EX status = FinalStatus(v1::OFFLINE, report, v1::FAILED);
  EXPECT_EQ(status.ApplicationSpecificErrorCode, 7U);
  EXPECT_EQ(status.ResourceState, resapi::ClusterResourceFailed);
  EXPECT_EQ(status.Flags, 0x100U);
}

TEST(FinalStatus, RefusalWithoutDetails_IsBusyAndLocked) {
  v1::FinalReport report;
  report.set_state(v1::RESOURCE_ONLINE);
  const resapi::RESOURCE_STATUS_EX status = FinalStatus(v1::OFFLINE, report, v1::REFUSED);
  EXPECT_EQ(status.ResourceState, resapi::ClusterResourceOnline);
  EXPECT_EQ(status.Flags, resapi::CLUSRESDLL_STATUS_OFFLINE_BUSY);
  EXPECT_EQ(status.ApplicationSpecificErrorCode, win32::kClusterResourceLockedStatus);
}

TEST(FinalStatus, StateThatMakesNoSense_IsTheOneTheOutcomeImplies) {
  v1::FinalReport report;
  EXPECT_EQ(FinalStatus(v1::ONLINE, report, v1::SUCCEEDED).ResourceState, resapi::ClusterResourceOnline);
  EXPECT_EQ(FinalStatus(v1::OFFLINE, report, v1::SUCCEEDED).ResourceState, resapi::ClusterResourceOffline);
  report.set_state(v1::RESOURCE_ONLINE_PENDING);
  const resapi::RESOURCE_STATUS_EX status = FinalStatus(v1::ONLINE, report, v1::FAILED);
  EXPECT_EQ(status.ResourceState, resapi::ClusterResourceFailed);
  EXPECT_NE(status.ApplicationSpecificErrorCode, 0U);
}

// RHS takes Online or Failed from OnlineV2: what was cancelled half-way is not what was asked for.
TEST(FinalStatus, OnlineThatLeftTheResourceOffline_IsFailed) {
  v1::FinalReport report;
  report.set_state(v1::RESOURCE_OFFLINE);
  report.set_win32_code(win32::kCancelled);
  const resapi::RESOURCE_STATUS_EX status = FinalStatus(v1::ONLINE, report, v1::CANCELLED);
  EXPECT_EQ(status.ResourceState, resapi::ClusterResourceFailed);
  EXPECT_EQ(status.ApplicationSpecificErrorCode, win32::kCancelled);
  EXPECT_EQ(FinalStatus(v1::OFFLINE, report, v1::CANCELLED).ResourceState, resapi::ClusterResourceOffline);
}

}  // namespace
}  // namespace resource_broker::bridge
