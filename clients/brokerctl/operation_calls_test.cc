// The client against a made-up broker on a real pipe or socket.
#include "clients/brokerctl/operation_calls.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "clients/brokerctl/testing/fake_broker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc/testing/temporary_folder.h"

namespace resource_broker::brokerctl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kFirst[] = "00112233445566778899aabbccddeeff";
constexpr char kSecond[] = "0011ff00000000000000000000000000";

v1::Event MakeEvent(uint64_t sequence, v1::EventKind kind) {
  v1::Event event;
  event.set_sequence(sequence);
  event.set_kind(kind);
  if (kind >= v1::SUCCEEDED) event.mutable_final()->set_state(v1::RESOURCE_OFFLINE);
  return event;
}

v1::OperationRecord MakeOperation(const std::string& hex_id, const std::string& resource) {
  v1::OperationRecord record;
  record.mutable_operation()->set_id(absl::HexStringToBytes(hex_id));
  record.mutable_operation()->set_kind(v1::OFFLINE);
  record.mutable_operation()->set_resource(resource);
  *record.add_events() = MakeEvent(1, v1::ACCEPTED);
  return record;
}

class OperationCallsTest : public ::testing::Test {
 protected:
  Node Connect(std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
    absl::StatusOr<Node> node = Open(address_, timeout);
    EXPECT_TRUE(node.ok()) << node.status();
    return *std::move(node);
  }

  static absl::StatusOr<Node> Open(const std::string& address, std::chrono::milliseconds timeout) {
    Endpoint endpoint;
    endpoint.name = endpoint.local_address = address;
    return Node::Open(endpoint, timeout);
  }

  void Serve() {
    broker_ = std::make_unique<FakeBroker>(address_);
    admin_ = &broker_->admin();
  }

  const ipc::testing::TemporaryFolder folder_;
  const std::string address_ = ipc::testing::NewAddress(folder_);
  std::unique_ptr<FakeBroker> broker_;
  FakeAdmin* admin_ = nullptr;
};

TEST_F(OperationCallsTest, Status_OffersAVersionAndReturnsTheAnswer) {
  Serve();
  admin_->mutable_status()->set_node("NODE1");
  const Node client = Connect();
  const absl::StatusOr<v1::GetStatusResponse> status = client.Status();
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->node(), "NODE1");
}

TEST_F(OperationCallsTest, NoCommonVersion_IsTheBrokersError) {
  Serve();
  admin_->RefuseVersions();
  const absl::Status status = Connect().Status().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("spoken are 7 to 9"));
}

TEST_F(OperationCallsTest, NoBroker_IsUnavailableWithTheAddress) {
  const absl::Status status = Connect(std::chrono::seconds(2)).Status().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(address_));
}

TEST_F(OperationCallsTest, BrokerStartedLater_IsReachedByTheSameClient) {
  const Node client = Connect();
  EXPECT_FALSE(client.Status().ok());
  Serve();
  // gRPC comes back by itself after its backoff; each call says where it stands.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  absl::Status status = client.Status().status();
  while (!status.ok() && std::chrono::steady_clock::now() < end) status = client.Status().status();
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(OperationCallsTest, BrokerThatDoesNotAnswer_IsGivenUpAfterTheTimeout) {
  Serve();
  admin_->Hang();
  const absl::Status status = Connect(std::chrono::milliseconds(200)).Status().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(address_), HasSubstr("200 ms")));
}

TEST_F(OperationCallsTest, AddressOfAnotherKind_IsRefusedAtOnce) {
  const absl::Status status = Open("http://localhost", std::chrono::seconds(1)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("http://localhost"));
}

TEST_F(OperationCallsTest, BeginningOfAnId_MeansTheOneOperationThatHasIt) {
  Serve();
  admin_->AddOperation(MakeOperation(kFirst, "first"));
  for (int i = 0; i < 1500; ++i) admin_->AddOperation(MakeOperation(absl::StrCat("ff", std::string(30, '0')), "many"));
  admin_->AddOperation(MakeOperation(kSecond, "second"));
  const Node client = Connect();
  EXPECT_EQ(*FindOperationId(client, "00112"), absl::HexStringToBytes(kFirst)) << "it is on the second page";
  EXPECT_EQ(admin_->pages(), 2);
  EXPECT_EQ(*FindOperationId(client, "0011FF"), absl::HexStringToBytes(kSecond));
  EXPECT_EQ(*FindOperationId(client, kFirst), absl::HexStringToBytes(kFirst));
}

TEST_F(OperationCallsTest, BeginningThatSeveralOperationsShare_NamesThem) {
  Serve();
  admin_->AddOperation(MakeOperation(kFirst, "first"));
  admin_->AddOperation(MakeOperation(kSecond, "second"));
  const absl::Status status = FindOperationId(Connect(), "0011").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(kFirst), HasSubstr(kSecond)));
}

TEST_F(OperationCallsTest, IdThatIsNoneOrUnknown_IsTold) {
  Serve();
  const Node client = Connect();
  for (const char* text : {"", "xyz", "0x11", "00112233445566778899aabbccddeeff0"}) {
    EXPECT_EQ(FindOperationId(client, text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_EQ(FindOperationId(client, "1234").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(GetOperation(client, absl::HexStringToBytes(kFirst)).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(OperationCallsTest, ListOfManyPages_EndsAtItsLimitWithTheFilterInEach) {
  Serve();
  for (int i = 0; i < 3000; ++i) admin_->AddOperation(MakeOperation(kFirst, i % 2 == 0 ? "even" : "odd"));
  v1::ListOperationsRequest request;
  request.set_resource("even");
  const absl::StatusOr<v1::ListOperationsResponse> found = ListOperations(Connect(), request, 1200);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->operations_size(), 1200);
  EXPECT_EQ(found->operations(1199).operation().resource(), "even");
  EXPECT_EQ(admin_->pages(), 2);
}

TEST_F(OperationCallsTest, OperationWatchedToItsEnd_ShowsWhatComesAndThenEnds) {
  Serve();
  const std::string id = absl::HexStringToBytes(kFirst);
  admin_->AddOperation(MakeOperation(kFirst, "r1"));
  std::thread broker([&] {
    EXPECT_TRUE(admin_->AwaitWatcher());
    admin_->AddEvent(id, MakeEvent(2, v1::RUNNING));
    admin_->AddEvent(id, MakeEvent(3, v1::SUCCEEDED));
  });
  std::vector<uint64_t> seen;
  const absl::Status status = WatchToEnd(Connect(), id, /*from_start=*/false, [&](const v1::WatchedEvent& watched) {
    seen.push_back(watched.event().sequence());
    return true;
  });
  broker.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen, ElementsAre(2, 3));
}

TEST_F(OperationCallsTest, OperationThatHasEndedAlready_IsNotWaitedFor) {
  Serve();
  v1::OperationRecord record = MakeOperation(kFirst, "r1");
  *record.add_events() = MakeEvent(2, v1::FAILED);
  admin_->AddOperation(record);
  const Node client = Connect();
  for (const bool from_start : {false, true}) {
    std::vector<uint64_t> seen;
    const absl::Status status =
        WatchToEnd(client, record.operation().id(), from_start, [&](const v1::WatchedEvent& watched) {
          seen.push_back(watched.event().sequence());
          return true;
        });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(seen, from_start ? std::vector<uint64_t>({1, 2}) : std::vector<uint64_t>({2}));
  }
}

TEST_F(OperationCallsTest, WatchOfAll_EndsWhenTheCallerHasEnough) {
  Serve();
  admin_->AddOperation(MakeOperation(kFirst, "r1"));
  admin_->AddOperation(MakeOperation(kSecond, "r2"));
  v1::WatchOperationsRequest request;
  request.set_resource("r2");
  request.set_from_start(true);
  std::string resource;
  const absl::Status status = WatchOperations(Connect(), request, [&](const v1::WatchedEvent& watched) {
    resource = watched.resource();
    return false;
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(resource, "r2");
}

}  // namespace
}  // namespace resource_broker::brokerctl
