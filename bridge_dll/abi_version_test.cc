// Brokers of other releases: with no common version, and with more to say than this bridge knows.
#include <gtest/gtest.h>

#include "bridge_dll/testing/abi_fixture.h"
#include "resource_broker/v1/protocol_versions.h"

namespace resource_broker::bridge::testing {
namespace {

// As a later release would send it: field 100, three bytes.
template <typename Message>
void AddLaterField(Message* message) {
  ASSERT_TRUE(message->MergeFromString("\xA2\x06\x03new"));
}

class VersionTest : public AbiTest {
 protected:
  // A broker that speaks 2 to 3 only.
  void StartNewerBroker() {
    StartBroker();
    broker->on_session = [](const v1::OpenSessionRequest& request, v1::OpenSessionResponse*) {
      return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION,
                          "no common protocol version: the broker speaks 2 to 3, the caller " +
                              std::to_string(request.offer().min_version()) + " to " +
                              std::to_string(request.offer().max_version()));
    };
  }
};

TEST_F(VersionTest, Session_OffersWhatThisReleaseSpeaks) {
  StartBroker();
  Open(u"offer");
  const v1::OpenSessionRequest request = broker->sessions(1).at(0);
  EXPECT_EQ(request.offer().min_version(), kMinProtocolVersion);
  EXPECT_EQ(request.offer().max_version(), kMaxProtocolVersion);
  EXPECT_EQ(request.offer().component(), "resource_bridge");
}

TEST_F(VersionTest, NoCommonVersion_PendsThenFailsWith1306AndTheLogNamesBothRanges) {
  StartNewerBroker();
  FakeHost* host = NewHost();
  host->parameters().SetNumber(u"ReconnectTimeoutMs", 1500);
  const Opened resource = Open(u"stranded", host);
  EXPECT_TRUE(host->Logs(u"the broker speaks 2 to 3, the caller 1 to 1"));
  const auto offline = Time([&] { return Offline(resource); });
  EXPECT_EQ(offline.result, win32::kIoPending);
  EXPECT_LT(offline.took, kCallBudget);
  const auto reports = host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceFailed);
  EXPECT_EQ(reports.back().status.ApplicationSpecificErrorCode, win32::kRevisionMismatch);
  EXPECT_TRUE(host->Logs(u"could not be reached for 1500 ms: FAILED_PRECONDITION: no common protocol version"));
  // Again and again, but further and further apart: after 0, 0.1, 0.3, 0.7, 1.5 s, or up to a quarter sooner.
  EXPECT_LE(broker->sessions(1).size(), 8U);
  EXPECT_EQ(broker->started(0).size(), 0U);
}

TEST_F(VersionTest, NoCommonVersionUntilTheBrokerIsChanged_PendingOperationRunsOnce) {
  StartNewerBroker();
  const Opened resource = Open(u"patient");
  EXPECT_TRUE(resource.host->Logs(u"no common protocol version"));
  EXPECT_EQ(Offline(resource), win32::kIoPending);
  KillBroker();
  StartBroker();
  SucceedAtOnce();
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceOffline);
  EXPECT_EQ(broker->started(1).size(), 1U);
}

TEST_F(VersionTest, LaterBrokersFieldsFeaturesAndEvents_ArePassedOver) {
  StartBroker();
  broker->on_session = [](const v1::OpenSessionRequest&, v1::OpenSessionResponse* response) {
    response->mutable_choice()->add_features("teleport");
    AddLaterField(response->mutable_choice());
    AddLaterField(response);
    return grpc::Status::OK;
  };
  broker->on_open = [](const v1::OpenResourceRequest&, v1::OpenResourceResponse* response) {
    response->set_state(static_cast<v1::ResourceState>(77));
    response->set_health(static_cast<v1::Health>(77));
    AddLaterField(response);
    return grpc::Status::OK;
  };
  const Opened resource = Open(u"wordy");
  broker->opened(1);
  v1::SessionEvent unknown;
  AddLaterField(&unknown);
  broker->Send(unknown);
  EXPECT_EQ(Online(resource), win32::kIoPending);
  const std::string id = broker->started(1).at(0).operation().id();
  broker->Emit(id, static_cast<v1::EventKind>(9), "of a kind that is not known");
  v1::FinalReport report = Report(v1::RESOURCE_ONLINE);
  AddLaterField(&report);
  broker->End(id, v1::SUCCEEDED, report);
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceOnline);
}

TEST_F(VersionTest, HealthOfAnUnknownKind_LeavesTheLastKnownOne) {
  StartBroker();
  const Opened resource = OpenOnline(u"ailing");
  const auto tell = [this](int health) {
    v1::SessionEvent event;
    event.mutable_health()->set_resource("ailing");
    event.mutable_health()->set_health(static_cast<v1::Health>(health));
    broker->Send(event);
    // Arrives behind it.
    event.mutable_lock()->set_resource("ailing");
    event.mutable_lock()->set_locked(health == v1::DEAD);
    broker->Send(event);
  };
  const size_t locks = resource.host->locks(0).size();
  tell(v1::DEAD);
  ASSERT_EQ(resource.host->locks(locks + 1).size(), locks + 1);
  EXPECT_EQ(dll->LooksAlive(resource.id), 0);
  tell(77);
  ASSERT_EQ(resource.host->locks(locks + 2).size(), locks + 2);
  EXPECT_EQ(dll->LooksAlive(resource.id), 0);
}

// Failed is what RHS can rely on where the broker's word is not known.
TEST_F(VersionTest, EndOfAnUnknownKind_EndsTheOperationByItsReport) {
  StartBroker();
  const Opened resource = Open(u"odd end");
  broker->opened(1);
  EXPECT_EQ(Online(resource), win32::kIoPending);
  const std::string id = broker->started(1).at(0).operation().id();
  broker->End(id, static_cast<v1::EventKind>(99), Report(static_cast<v1::ResourceState>(77), 5));
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceFailed);
}

}  // namespace
}  // namespace resource_broker::bridge::testing
