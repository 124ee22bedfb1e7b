#include <gtest/gtest.h>

#include <algorithm>

#include "absl/synchronization/notification.h"
#include "bridge_dll/testing/abi_fixture.h"

namespace resource_broker::bridge::testing {
namespace {

class ReportTest : public AbiTest {
 protected:
  ReportTest() { StartBroker(); }

  // An operation that RHS was told 997 of.
  Opened Pending(const std::u16string& name, FakeHost* host) {
    const Opened resource = Open(name, host);
    broker->opened(1);
    EXPECT_EQ(Online(resource), win32::kIoPending);
    return resource;
  }
  std::string OperationId() { return broker->started(1).back().operation().id(); }
};

void ExpectGrowingCheckpoints(const std::vector<FakeHost::Report>& reports) {
  for (size_t i = 0; i < reports.size(); ++i) EXPECT_EQ(reports[i].status.CheckPoint, i + 1);
}

TEST_F(ReportTest, ProgressBecomesGrowingCheckpointsAndOneFinalReport) {
  const Opened resource = Pending(u"progress", NewHost());
  const std::string id = OperationId();
  broker->Emit(id, v1::RUNNING);
  for (size_t step = 1; step <= 3; ++step) {
    broker->Emit(id, v1::PROGRESS, "step");
    EXPECT_GE(resource.host->reports(step).size(), step);
  }
  v1::FinalReport report = Report(v1::RESOURCE_ONLINE);
  report.set_module_code(4711);
  report.set_status_flags(0x100);
  broker->End(id, v1::SUCCEEDED, report);
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_GE(reports.size(), 4U);
  ExpectGrowingCheckpoints(reports);
  for (size_t i = 0; i + 1 < reports.size(); ++i) {
    EXPECT_EQ(reports[i].status.ResourceState, resapi::ClusterResourceOnlinePending);
    EXPECT_EQ(reports[i].status.ApplicationSpecificErrorCode, 0U);
  }
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceOnline);
  EXPECT_EQ(reports.back().status.ApplicationSpecificErrorCode, 4711U);
  EXPECT_EQ(reports.back().status.Flags, 0x100U);
  EXPECT_EQ(reports.back().status.EventHandle, nullptr);
  EXPECT_EQ(reports.back().status.WaitHint, 0U);
  // Nothing after the final one.
  broker->Emit(id, v1::PROGRESS);
  Close(resource);
  EXPECT_EQ(resource.host->reports(0).size(), reports.size());
}

TEST_F(ReportTest, FloodOfProgress_IsThinnedOut) {
  const Opened resource = Pending(u"flood", NewHost());
  const std::string id = OperationId();
  for (int i = 0; i < 2000; ++i) broker->Emit(id, v1::PROGRESS);
  broker->End(id, v1::SUCCEEDED, Report(v1::RESOURCE_ONLINE));
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  const auto took = reports.back().time - reports.front().time;
  EXPECT_LE(reports.size(), 3 + took / std::chrono::milliseconds(50));
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceOnline);
}

TEST_F(ReportTest, SilentModule_IsReportedInEveryThirdOfPendingTimeout) {
  FakeHost* host = NewHost();
  host->key().SetNumber(u"PendingTimeout", 1500);
  const auto began = std::chrono::steady_clock::now();
  Pending(u"silent", host);
  const auto reports = host->reports(5);
  ASSERT_GE(reports.size(), 5U);
  ExpectGrowingCheckpoints(reports);
  auto last = began + std::chrono::milliseconds(250);
  for (const FakeHost::Report& report : reports) {
    EXPECT_LT(report.time - last, std::chrono::milliseconds(500));
    last = report.time;
  }
}

TEST_F(ReportTest, FailedOperation_ReportsFailedWithItsCode) {
  const Opened resource = Pending(u"fails late", NewHost());
  broker->End(OperationId(), v1::FAILED, Report(v1::RESOURCE_FAILED, win32::kTimeout));
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceFailed);
  EXPECT_EQ(reports.back().status.ApplicationSpecificErrorCode, win32::kTimeout);
  EXPECT_EQ(dll->LooksAlive(resource.id), 0);
}

TEST_F(ReportTest, FinalReport_LetsTheHostStartTheNextOperationFromInside) {
  FakeHost* host = NewHost();
  const Opened resource = Pending(u"from inside", host);
  absl::Notification started;
  uint32_t code = 0;
  host->on_report = [&](const resapi::RESOURCE_STATUS_EX& status) -> resapi::DWORD {
    if (status.ResourceState == resapi::ClusterResourceOnline) {
      code = Offline(resource);
      started.Notify();
    }
    return resapi::ResourceExitStateContinue;
  };
  broker->End(OperationId(), v1::SUCCEEDED, Report(v1::RESOURCE_ONLINE));
  ASSERT_TRUE(started.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_EQ(code, win32::kIoPending);
  EXPECT_EQ(broker->started(2).back().operation().kind(), v1::OFFLINE);
}

TEST_F(ReportTest, HostAnswersTerminate_BrokerIsToldAndNothingMoreReported) {
  FakeHost* host = NewHost();
  host->on_report = [](const resapi::RESOURCE_STATUS_EX&) -> resapi::DWORD {
    return resapi::ResourceExitStateTerminate;
  };
  const Opened resource = Pending(u"given up", host);
  const std::string id = OperationId();
  broker->Emit(id, v1::PROGRESS);
  const auto terminated = broker->terminated(1);
  ASSERT_EQ(terminated.size(), 1U);
  EXPECT_EQ(terminated[0].operation_id(), id);
  EXPECT_EQ(terminated[0].reason(), "SetResourceStatusEx");
  broker->Emit(id, v1::PROGRESS);
  broker->End(id, v1::TERMINATED, Report(v1::RESOURCE_FAILED, win32::kOperationAborted));
  Close(resource);
  EXPECT_EQ(host->reports(0).size(), 1U);
}

TEST_F(ReportTest, QueuedMessage_GoesToTheClusterLogAsAnInsert) {
  const Opened resource = Pending(u"waits", NewHost());
  broker->Emit(OperationId(), v1::QUEUED, "for %1!s! and " + std::string(2000, 'x'));
  ASSERT_TRUE(resource.host->Logs(u"Online waits: for %1!s!"));
  for (const FakeHost::LogEntry& entry : resource.host->log()) {
    EXPECT_EQ(entry.format, u"Resource Broker: %1!s!\n");
    EXPECT_LE(entry.format.size() + entry.insert.size(), 500U);
  }
}

TEST_F(ReportTest, LockedModeFollowsTheBrokerAndIsReleasedAtTheEnd) {
  const Opened resource = OpenOnline(u"lockable");
  v1::SessionEvent event;
  event.mutable_lock()->set_resource("lockable");
  event.mutable_lock()->set_locked(true);
  event.mutable_lock()->set_reason(9);
  broker->Send(event);
  auto locks = resource.host->locks(1);
  ASSERT_EQ(locks.size(), 1U);
  EXPECT_TRUE(locks[0].locked);
  EXPECT_EQ(locks[0].reason, 9U);
  Close(resource);
  locks = resource.host->locks(2);
  ASSERT_EQ(locks.size(), 2U);
  EXPECT_FALSE(locks[1].locked);
}

TEST_F(ReportTest, LockThatTheHostRefuses_IsNotReleased) {
  const Opened resource = OpenOnline(u"unlockable");
  resource.host->lock_answer = win32::kNotSupported;
  v1::SessionEvent event;
  event.mutable_lock()->set_resource("unlockable");
  event.mutable_lock()->set_locked(true);
  broker->Send(event);
  resource.host->locks(1);
  Close(resource);
  EXPECT_EQ(resource.host->locks(0).size(), 1U);
}

TEST_F(ReportTest, FailureOfAnOnlineResource_IsSignalled) {
  const Opened resource = OpenOnline(u"breaks");
  v1::SessionEvent event;
  event.mutable_failure()->set_resource("breaks");
  event.mutable_failure()->set_failure_type(resapi::FAILURE_TYPE_EMBEDDED);
  event.mutable_failure()->set_application_error(42);
  broker->Send(event);
  const auto failures = resource.host->failures(1);
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].type, 1U);
  EXPECT_EQ(failures[0].application_error, 42U);
}

}  // namespace
}  // namespace resource_broker::bridge::testing
