#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>

#include "absl/synchronization/notification.h"
#include "bridge_dll/testing/abi_fixture.h"

namespace resource_broker::bridge::testing {
namespace {

class BrokerFaultTest : public AbiTest {};

TEST_F(BrokerFaultTest, BrokerStopped_OfflineReturnsInTimeAndEndsWhenItComes) {
  const Opened resource = Open(u"early");
  const auto offline = Time([&] { return Offline(resource); });
  EXPECT_EQ(offline.result, win32::kIoPending);
  EXPECT_LT(offline.took, kCallBudget);
  StartBroker();
  SucceedAtOnce();
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceOffline);
  EXPECT_EQ(broker->started(1).size(), 1U);
}

TEST_F(BrokerFaultTest, BrokerKnownToBeAway_OfflineDoesNotWait) {
  const Opened resource = Open(u"away");
  ASSERT_TRUE(resource.host->Logs(u"No broker at"));
  const auto offline = Time([&] { return Offline(resource); });
  EXPECT_EQ(offline.result, win32::kIoPending);
  EXPECT_LT(offline.took, std::chrono::milliseconds(150));
}

TEST_F(BrokerFaultTest, BrokerKilledWhilePending_ResumesAfterTheLastEventAndEndsOnce) {
  StartBroker();
  const Opened resource = Open(u"survivor");
  broker->opened(1);
  EXPECT_EQ(Online(resource), win32::kIoPending);
  const std::string id = broker->started(1)[0].operation().id();
  broker->Emit(id, v1::RUNNING);
  broker->Emit(id, v1::PROGRESS);
  resource.host->reports(1);
  Journal journal = KillBroker();
  ASSERT_TRUE(resource.host->Logs(u"The broker is gone"));
  journal[id].emplace_back().set_sequence(4);  // what the module did meanwhile
  journal[id].back().set_kind(v1::PROGRESS);

  StartBroker(std::move(journal));
  const auto started = broker->started(1);
  ASSERT_EQ(started.size(), 1U);
  EXPECT_EQ(started[0].operation().id(), id);
  EXPECT_EQ(started[0].last_sequence(), 3U);
  broker->End(id, v1::SUCCEEDED, Report(v1::RESOURCE_ONLINE));
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceOnline);
  EXPECT_EQ(std::count_if(reports.begin(), reports.end(), [](const auto& report) { return IsFinal(report.status); }),
            1);
  EXPECT_TRUE(resource.host->Logs(u"restarted"));
}

TEST_F(BrokerFaultTest, BrokerComesBackWithoutItsJournal_OperationFailsRatherThanRunsTwice) {
  StartBroker();
  const Opened resource = Open(u"forgotten");
  broker->opened(1);
  EXPECT_EQ(Online(resource), win32::kIoPending);
  broker->Emit(broker->started(1)[0].operation().id(), v1::RUNNING);
  KillBroker();
  StartBroker();
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceFailed);
  EXPECT_EQ(reports.back().status.ApplicationSpecificErrorCode, win32::kProcessAborted);
}

TEST_F(BrokerFaultTest, BrokerHangsOverACall_ItIsMadeAnewAfterCallTimeout) {
  StartBroker();
  const auto over = std::make_shared<absl::Notification>();
  const auto hangs = std::make_shared<std::atomic<bool>>(true);
  broker->on_start = [over, hangs](const v1::StartOperationRequest&) {
    if (hangs->exchange(false)) over->WaitForNotification();
    return grpc::Status::OK;
  };
  SucceedAtOnce();
  FakeHost* host = NewHost();
  host->parameters().SetNumber(u"CallTimeoutMs", 500);
  const Opened resource = Open(u"hung", host);
  broker->opened(1);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(Offline(resource), win32::kIoPending);
  const auto reports = host->ReportsUntilFinal();
  const auto took = std::chrono::steady_clock::now() - began;
  over->Notify();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceOffline);
  EXPECT_GE(took, std::chrono::milliseconds(500));
  EXPECT_LT(took, std::chrono::milliseconds(4000));  // the default is 5 s
}

TEST_F(BrokerFaultTest, BrokerNeverComes_FailsAfterReconnectTimeout) {
  FakeHost* host = NewHost();
  host->parameters().SetNumber(u"ReconnectTimeoutMs", 1000);
  const Opened resource = Open(u"hopeless", host);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(Online(resource), win32::kIoPending);
  const auto reports = host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceFailed);
  EXPECT_EQ(reports.back().status.ApplicationSpecificErrorCode, win32::kServiceNotActive);
  EXPECT_GE(reports.back().time - began, std::chrono::milliseconds(1000));
  EXPECT_LT(reports.back().time - began, std::chrono::milliseconds(3000));
}

TEST_F(BrokerFaultTest, BrokerHangsInStart_OfflineReturnsInTime) {
  StartBroker();
  const Opened resource = OpenOnline(u"hanging");
  const auto released = std::make_shared<absl::Notification>();  // outlives the handler's wait
  broker->on_start = [released](const v1::StartOperationRequest&) {
    released->WaitForNotificationWithTimeout(absl::Seconds(10));
    return grpc::Status::OK;
  };
  SucceedAtOnce();
  const auto offline = Time([&] { return Offline(resource); });
  EXPECT_EQ(offline.result, win32::kIoPending);
  EXPECT_LT(offline.took, kCallBudget);
  released->Notify();
  EXPECT_EQ(resource.host->ReportsUntilFinal().back().status.ResourceState, resapi::ClusterResourceOffline);
}

TEST_F(BrokerFaultTest, JournalTakesNoWritesForAWhile_OperationIsTriedAgain) {
  StartBroker();
  const Opened resource = OpenOnline(u"patient");
  std::atomic<int> refusals{0};
  broker->on_start = [&refusals](const v1::StartOperationRequest&) {
    return ++refusals <= 4 ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "disk full") : grpc::Status::OK;
  };
  SucceedAtOnce();
  EXPECT_EQ(Offline(resource), win32::kIoPending);
  EXPECT_EQ(resource.host->ReportsUntilFinal().back().status.ResourceState, resapi::ClusterResourceOffline);
  EXPECT_EQ(refusals, 5);
}

TEST_F(BrokerFaultTest, WatchBreaksWhilePending_NothingIsMissed) {
  StartBroker();
  const Opened resource = Open(u"slow reader");
  broker->opened(1);
  EXPECT_EQ(Online(resource), win32::kIoPending);
  const std::string id = broker->started(1)[0].operation().id();
  broker->BreakWatch();
  broker->End(id, v1::SUCCEEDED, Report(v1::RESOURCE_ONLINE));
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceOnline);
}

TEST_F(BrokerFaultTest, BrokerOfAnotherProtocol_IsNotUsed) {
  const Opened resource = Open(u"newer");
  StartBroker();
  broker->version = 7;
  broker->sessions(1);
  EXPECT_TRUE(resource.host->Logs(u"protocol version 7"));
  broker->version = 1;
  SucceedAtOnce();
  if (Online(resource) == win32::kIoPending) {
    EXPECT_EQ(resource.host->ReportsUntilFinal().back().status.ResourceState, resapi::ClusterResourceOnline);
  }
  EXPECT_EQ(dll->LooksAlive(resource.id), 1);
}

TEST_F(BrokerFaultTest, BrokerKilledManyTimes_HundredOperationsEachEndOnce) {
  StartBroker();
  std::vector<Opened> resources;
  for (char16_t i = 0; i < 100; ++i) resources.push_back(Open(std::u16string(u"storm ") + char16_t(0x4E00 + i)));
  broker->opened(100);
  Journal journal = KillBroker();
  for (const Opened& resource : resources) EXPECT_EQ(Online(resource), win32::kIoPending);
  for (int kill = 0; kill < 3; ++kill) {
    StartBroker(std::move(journal));
    broker->started(100);
    journal = KillBroker();
  }
  for (auto& [id, events] : journal) {
    v1::Event& last = events.emplace_back();
    last.set_sequence(events.size());
    last.set_kind(v1::SUCCEEDED);
    *last.mutable_final() = Report(v1::RESOURCE_ONLINE);
  }
  StartBroker(std::move(journal));
  for (const Opened& resource : resources) {
    const auto reports = resource.host->ReportsUntilFinal();
    ASSERT_FALSE(reports.empty());
    EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceOnline);
    Close(resource);
    EXPECT_EQ(resource.host->reports(0).size(), reports.size());
  }
}

}  // namespace
}  // namespace resource_broker::bridge::testing
