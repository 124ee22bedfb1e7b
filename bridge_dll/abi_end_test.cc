#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"
#include "bridge_dll/testing/abi_fixture.h"

namespace resource_broker::bridge::testing {
namespace {

// Terminate, Cancel and Close.
class EndTest : public AbiTest {
 protected:
  EndTest() { StartBroker(); }

  Opened Pending(const std::u16string& name) {
    const Opened resource = Open(name);
    broker->opened(1);
    EXPECT_EQ(Online(resource), win32::kIoPending);
    id = broker->started(1).back().operation().id();
    return resource;
  }

  std::string id;
};

TEST_F(EndTest, TerminateWhilePending_ReachesTheBrokerAndSilencesTheOperation) {
  const Opened resource = Pending(u"doomed");
  dll->Terminate(resource.id);
  const auto terminated = broker->terminated(1);
  ASSERT_EQ(terminated.size(), 1U);
  EXPECT_EQ(terminated[0].operation_id(), id);
  EXPECT_EQ(terminated[0].reason(), "Terminate");
  const size_t reports = resource.host->reports(0).size();
  broker->Emit(id, v1::PROGRESS);
  broker->End(id, v1::TERMINATED, Report(v1::RESOURCE_FAILED, win32::kOperationAborted));
  Close(resource);
  EXPECT_EQ(resource.host->reports(0).size(), reports);
}

TEST_F(EndTest, TerminateWaitsForTheBrokersWord) {
  const Opened resource = OpenOnline(u"slow end");
  std::atomic<bool> down{false};
  broker->on_terminate = [&down](const v1::TerminateResourceRequest&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(400));  // the module takes its time
    down = true;
  };
  dll->Terminate(resource.id);
  EXPECT_TRUE(down);
  EXPECT_EQ(dll->LooksAlive(resource.id), 0);
}

TEST_F(EndTest, TerminateThatHangsInTheBroker_ReturnsWithinItsBudget) {
  FakeHost* host = NewHost();
  host->parameters().SetNumber(u"TerminateBudgetMs", 200);
  const Opened resource = Open(u"stuck", host);
  broker->opened(1);
  const auto released = std::make_shared<absl::Notification>();  // outlives the handler's wait
  broker->on_terminate = [released](const v1::TerminateResourceRequest&) {
    released->WaitForNotificationWithTimeout(absl::Seconds(10));
  };
  const auto terminate = Time([&] { return dll->Terminate(resource.id), 0; });
  EXPECT_LT(terminate.took, std::chrono::milliseconds(450));
  released->Notify();
}

TEST_F(EndTest, TerminateWithoutBroker_ReturnsAtOnceAndIsSentWhenItComes) {
  const Opened resource = Pending(u"later");
  KillBroker();
  ASSERT_TRUE(resource.host->Logs(u"The broker is gone"));
  const auto terminate = Time([&] { return dll->Terminate(resource.id), 0; });
  EXPECT_LT(terminate.took, kCallBudget);
  StartBroker();
  EXPECT_EQ(broker->terminated(1).size(), 1U);
  EXPECT_TRUE(broker->started(0).empty());
}

TEST_F(EndTest, TerminateThenOnline_ArriveInThatOrder) {
  const Opened resource = Pending(u"again");
  KillBroker();
  dll->Terminate(resource.id);
  EXPECT_EQ(Online(resource), win32::kIoPending);
  StartBroker();
  broker->started(1);
  EXPECT_EQ(broker->order(), (std::vector<std::string>{"open again", "terminate again", "start again"}));
}

TEST_F(EndTest, TerminateInEveryStateAndTwice_IsHarmless) {
  const Opened resource = Open(u"often");
  dll->Terminate(resource.id);
  dll->Terminate(resource.id);
  SucceedAtOnce();
  EXPECT_EQ(Online(resource), win32::kSuccess);
  dll->Terminate(resource.id);
  EXPECT_EQ(Online(resource), win32::kSuccess);
  EXPECT_EQ(dll->LooksAlive(resource.id), 1);
}

TEST_F(EndTest, TerminateFromInsideACallback_DoesNotDeadlock) {
  FakeHost* host = NewHost();
  const Opened resource = Open(u"inside", host);
  broker->opened(1);
  absl::Notification done;
  host->on_report = [&](const resapi::RESOURCE_STATUS_EX&) -> resapi::DWORD {
    dll->Terminate(resource.id);
    done.Notify();
    return resapi::ResourceExitStateTerminate;
  };
  EXPECT_EQ(Online(resource), win32::kIoPending);
  broker->Emit(broker->started(1).back().operation().id(), v1::PROGRESS);
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_GE(broker->terminated(1).size(), 1U);
  Close(resource);
  EXPECT_EQ(host->reports(0).size(), 1U);
}

TEST_F(EndTest, HostBlocksInACallback_TerminateReturnsAllTheSame) {
  FakeHost* host = NewHost();
  const Opened resource = Open(u"blocked", host);
  broker->opened(1);
  absl::Notification entered;
  const auto released = std::make_shared<absl::Notification>();  // outlives the handler's wait
  host->on_report = [&entered, released](const resapi::RESOURCE_STATUS_EX&) -> resapi::DWORD {
    entered.Notify();
    released->WaitForNotificationWithTimeout(absl::Seconds(20));
    return resapi::ResourceExitStateContinue;
  };
  EXPECT_EQ(Online(resource), win32::kIoPending);
  broker->Emit(broker->started(1).back().operation().id(), v1::PROGRESS);
  ASSERT_TRUE(entered.WaitForNotificationWithTimeout(absl::Seconds(10)));
  const auto terminate = Time([&] { return dll->Terminate(resource.id), 0; });
  EXPECT_LT(terminate.took, std::chrono::milliseconds(450));
  EXPECT_EQ(broker->terminated(1).size(), 1U);
  released->Notify();
}

TEST_F(EndTest, TerminateDuringOnline_EndsItsWait) {
  FakeHost* host = NewHost();
  host->parameters().SetNumber(u"CallBudgetMs", 10000);
  const Opened resource = Open(u"torn", host);
  broker->opened(1);
  uint32_t code = 0;
  std::thread online([&] { code = Online(resource); });
  broker->started(1);
  dll->Terminate(resource.id);
  online.join();
  EXPECT_EQ(code, win32::kOperationAborted);
  EXPECT_GE(broker->terminated(1).size(), 1U);
}

TEST_F(EndTest, CancelWhilePending_ReachesTheBrokerAndTheOperationEndsByItself) {
  const Opened resource = Pending(u"cancelled");
  EXPECT_EQ(dll->Cancel(resource.id, 0x80000001), win32::kIoPending);
  const auto cancelled = broker->cancelled(1);
  ASSERT_EQ(cancelled.size(), 1U);
  EXPECT_EQ(cancelled[0].operation_id(), id);
  EXPECT_EQ(cancelled[0].flags(), 0x80000001);
  broker->End(id, v1::CANCELLED, Report(v1::RESOURCE_OFFLINE, win32::kCancelled));
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceFailed);
  EXPECT_EQ(reports.back().status.ApplicationSpecificErrorCode, win32::kCancelled);
  EXPECT_EQ(dll->Cancel(resource.id, 0), win32::kSuccess);
}

TEST_F(EndTest, CancelWithoutOperation_IsSuccess) {
  const Opened resource = OpenOnline(u"idle");
  EXPECT_EQ(dll->Cancel(resource.id, 0), win32::kSuccess);
  EXPECT_TRUE(broker->cancelled(0).empty());
}

TEST_F(EndTest, CloseWhileOnline_TerminatesFirst) {
  const Opened resource = OpenOnline(u"still on");
  Close(resource);
  broker->closed(1);
  EXPECT_EQ(broker->order(),
            (std::vector<std::string>{"open still on", "start still on", "terminate still on", "close still on"}));
}

TEST_F(EndTest, CloseWhilePending_LeavesNoCallback) {
  const Opened resource = Pending(u"abandoned");
  Close(resource);
  const int callbacks = resource.host->callbacks();
  broker->Emit(id, v1::PROGRESS);
  broker->End(id, v1::SUCCEEDED, Report(v1::RESOURCE_ONLINE));
  // What comes for another resource shows that the session has read past it.
  OpenOnline(u"other");
  EXPECT_EQ(resource.host->callbacks(), callbacks);
}

TEST_F(EndTest, CloseOfAnOfflineResource_TerminatesNothing) {
  const Opened resource = Open(u"plain");
  broker->opened(1);
  Close(resource);
  EXPECT_EQ(broker->closed(1).size(), 1U);
  EXPECT_TRUE(broker->terminated(0).empty());
}

// A race of everything with everything: no crash, no deadlock, no data race.
TEST_F(EndTest, EntryPointsFromManyThreads_StayTogether) {
  const Opened resource = Open(u"contested");
  std::atomic<bool> stop{false};
  broker->on_accepted = [this](const v1::OperationRequest& operation) {
    broker->End(operation.id(), v1::SUCCEEDED, Report(v1::RESOURCE_ONLINE));
  };
  std::vector<std::thread> threads;
  const auto repeat = [&](auto call) {
    threads.emplace_back([&stop, call] {
      while (!stop) call();
    });
  };
  repeat([&] { Online(resource); });
  repeat([&] { Offline(resource); });
  repeat([&] { dll->Terminate(resource.id); });
  repeat([&] { dll->Cancel(resource.id, 0); });
  repeat([&] { dll->LooksAlive(resource.id), dll->IsAlive(resource.id); });
  broker->started(50);
  stop = true;
  for (std::thread& thread : threads) thread.join();
  dll->Terminate(resource.id);
  EXPECT_EQ(dll->LooksAlive(resource.id), 0);
}

TEST_F(EndTest, CloseWhileOtherEntryPointsAreInside_IsSafe) {
  for (int round = 0; round < 50; ++round) {
    const Opened resource = Open(u"closing");
    std::thread online([&] { Online(resource); });
    std::thread alive([&] { dll->IsAlive(resource.id); });
    Close(resource);
    online.join();
    alive.join();
  }
}

}  // namespace
}  // namespace resource_broker::bridge::testing
