#include <gtest/gtest.h>

#include "absl/synchronization/notification.h"
#include "bridge_dll/testing/abi_fixture.h"

namespace resource_broker::bridge::testing {
namespace {

class HealthTest : public AbiTest {
 protected:
  HealthTest() { StartBroker(); }

  void Push(const std::string& resource, v1::Health health) {
    v1::SessionEvent event;
    event.mutable_health()->set_resource(resource);
    event.mutable_health()->set_health(health);
    event.mutable_health()->set_message("as the test says");
    broker->Send(event);
  }
};

TEST_F(HealthTest, BeforeTheFirstOnline_IsNotAlive) {
  const Opened resource = Open(u"new");
  broker->opened(1);
  EXPECT_EQ(dll->LooksAlive(resource.id), 0);
  EXPECT_EQ(dll->IsAlive(resource.id), 0);
}

TEST_F(HealthTest, OnlineIsAliveUntilOffline) {
  const Opened resource = OpenOnline(u"living");
  EXPECT_EQ(dll->LooksAlive(resource.id), 1);
  EXPECT_EQ(dll->IsAlive(resource.id), 1);
  SucceedAtOnce();
  EXPECT_EQ(Offline(resource), win32::kSuccess);
  EXPECT_EQ(dll->LooksAlive(resource.id), 0);
  EXPECT_EQ(dll->IsAlive(resource.id), 0);
}

TEST_F(HealthTest, WhilePending_IsLeftToTheReport) {
  const Opened resource = Open(u"starting");
  broker->opened(1);
  EXPECT_EQ(Online(resource), win32::kIoPending);
  EXPECT_EQ(dll->LooksAlive(resource.id), 1);
  EXPECT_EQ(dll->IsAlive(resource.id), 1);
}

TEST_F(HealthTest, PushedDeath_IsWhatLooksAliveAnswersWithoutAsking) {
  const Opened resource = OpenOnline(u"dying");
  bool asked = false;
  broker->on_health = [&asked](const v1::CheckHealthRequest&, v1::CheckHealthResponse*) {
    asked = true;
    return grpc::Status::OK;
  };
  Push("dying", v1::DEAD);
  ASSERT_TRUE(resource.host->Logs(u"no longer alive: as the test says"));
  EXPECT_EQ(dll->LooksAlive(resource.id), 0);
  EXPECT_FALSE(asked);
  KillBroker();
  EXPECT_EQ(dll->LooksAlive(resource.id), 0);
  EXPECT_EQ(dll->IsAlive(resource.id), 0);
}

TEST_F(HealthTest, IsAliveAsksThoroughly) {
  const Opened resource = OpenOnline(u"checked");
  broker->on_health = [](const v1::CheckHealthRequest& request, v1::CheckHealthResponse* response) {
    response->set_health(request.thorough() && request.resource() == "checked" ? v1::DEAD : v1::ALIVE);
    return grpc::Status::OK;
  };
  EXPECT_EQ(dll->LooksAlive(resource.id), 1);
  EXPECT_EQ(dll->IsAlive(resource.id), 0);
  EXPECT_EQ(dll->LooksAlive(resource.id), 0);
}

TEST_F(HealthTest, BrokerThatDoesNotAnswer_LeavesTheLastWordWithinTheBudget) {
  const Opened resource = OpenOnline(u"unanswered");
  const auto released = std::make_shared<absl::Notification>();  // outlives the handler's wait
  broker->on_health = [released](const v1::CheckHealthRequest&, v1::CheckHealthResponse* response) {
    released->WaitForNotificationWithTimeout(absl::Seconds(10));
    response->set_health(v1::DEAD);
    return grpc::Status::OK;
  };
  const auto alive = Time([&] { return dll->IsAlive(resource.id); });
  EXPECT_EQ(alive.result, 1);
  EXPECT_LT(alive.took, kCallBudget);
  released->Notify();
}

TEST_F(HealthTest, BrokerGone_LeavesTheLastWord) {
  const Opened resource = OpenOnline(u"orphan");
  KillBroker();
  for (int i = 0; i < 3; ++i) {
    const auto alive = Time([&] { return dll->IsAlive(resource.id); });
    EXPECT_EQ(alive.result, 1);
    EXPECT_LT(alive.took, kCallBudget);
  }
}

// RHS was restarted, the resource runs on.
TEST_F(HealthTest, OpenedResourceThatTheBrokerKnowsOnline_IsAlive) {
  broker->on_open = [](const v1::OpenResourceRequest&, v1::OpenResourceResponse* response) {
    response->set_state(v1::RESOURCE_ONLINE);
    response->set_locked(true);
    return grpc::Status::OK;
  };
  const Opened resource = Open(u"running on", NewHost(), resapi::CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE);
  ASSERT_EQ(resource.host->locks(1).size(), 1U);
  EXPECT_EQ(dll->LooksAlive(resource.id), 1);
}

}  // namespace
}  // namespace resource_broker::bridge::testing
