#include "clients/brokerctl/cluster_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/brokerctl/output.h"

namespace resource_broker::brokerctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kType[] = "Resource Broker";
constexpr char kDll[] = "C:\\Program Files\\Resource Broker\\bridge\\resource_bridge.dll";

// Two nodes, and what the test puts into it. Nothing is written to it.
class ReadCluster : public cluster::ClusterApi {
 public:
  absl::StatusOr<std::string> Name() override { return std::string("CLUSTER1"); }
  absl::StatusOr<std::vector<cluster::ClusterNode>> Nodes() override {
    return std::vector<cluster::ClusterNode>{{"NODE1", 0}, {"NODE2", second_state}, {"NODE3", -1}};
  }
  absl::StatusOr<std::vector<std::string>> HostsOf(const std::string&) override { return hosts; }
  absl::StatusOr<std::optional<cluster::ResourceType>> FindType(const std::string&) override { return type; }
  absl::StatusOr<std::vector<cluster::ClusterResource>> ResourcesOf(const std::string&) override { return resources; }
  absl::Status CreateType(const std::string&, const std::string&, const std::string&, uint32_t, uint32_t) override {
    return absl::UnimplementedError("");
  }
  absl::Status SetProperties(const std::string&, const std::optional<std::string>&,
                             const cluster::TypeNumbers&) override {
    return absl::UnimplementedError("");
  }
  absl::Status DeleteType(const std::string&) override { return absl::UnimplementedError(""); }

  int32_t second_state = 1;
  std::vector<std::string> hosts = {"node1"};
  std::optional<cluster::ResourceType> type =
      cluster::ResourceType{kType, "Broker", kDll, {{"LooksAlivePollInterval", 5000}, {"PendingTimeout", 240000}}};
  absl::StatusOr<std::vector<cluster::ClusterResource>> resources =
      std::vector<cluster::ClusterResource>{{"SQL Gateway", 130, "NODE1", "SQL"}, {"disk", -1, "", ""}};
};

bool Here(const std::string&) { return true; }
bool NotHere(const std::string&) { return false; }

Answer StatusOf(ReadCluster& cluster, const std::function<bool(const std::string&)>& has_file = Here) {
  absl::StatusOr<Answer> answer = ClusterStatusAnswer(cluster, kType, has_file);
  EXPECT_TRUE(answer.ok()) << answer.status();
  return answer.ok() ? *std::move(answer) : Answer();
}

TEST(ClusterStatusTest, EverythingInOrder_IsShownAndIsNoFailure) {
  ReadCluster cluster;
  const Answer answer = StatusOf(cluster);
  EXPECT_FALSE(answer.failed);
  EXPECT_EQ(RenderTable(answer),
            "cluster           CLUSTER1\n"
            "type              Resource Broker\n"
            "registered        yes\n"
            "display name      Broker\n"
            "DLL               C:\\Program Files\\Resource Broker\\bridge\\resource_bridge.dll\n"
            "DLL on this node  yes\n"
            "\n"
            "NODE   STATE    CAN HOST\n"
            "NODE1  Up       yes\n"
            "NODE2  Down     no\n"
            "NODE3  Unknown  no\n"
            "\n"
            "PROPERTY                VALUE   USUAL\n"
            "LooksAlivePollInterval  5000    5000\n"
            "IsAlivePollInterval     60000   60000   not set\n"
            "PendingTimeout          240000  180000  differs\n"
            "DeadlockTimeout         300000  300000  not set\n"
            "\n"
            "RESOURCE     STATE           NODE   GROUP\n"
            "SQL Gateway  OfflinePending  NODE1  SQL\n"
            "disk         Unknown         -      -\n");
}

TEST(ClusterStatusTest, AsJson_HasTheSame) {
  ReadCluster cluster;
  const std::string json = Render({{"", StatusOf(cluster)}}, {Form::kJson});
  for (const char* part : {"\"cluster\": \"CLUSTER1\"", "\"registered\": true", "\"dllIsHere\": true",
                           "\"name\": \"NODE2\"", "\"canHost\": false", "\"value\": 240000", "\"unset\": true",
                           "\"usual\": 180000", "\"state\": \"OfflinePending\"", "\"problems\": []"}) {
    EXPECT_THAT(json, HasSubstr(part));
  }
}

TEST(ClusterStatusTest, TypeIsNotRegistered_IsAFailureThatSaysWhatToDo) {
  ReadCluster cluster;
  cluster.type.reset();
  const Answer answer = StatusOf(cluster);
  EXPECT_TRUE(answer.failed);
  EXPECT_EQ(RenderTable(answer),
            "cluster     CLUSTER1\ntype        Resource Broker\nregistered  no\n\n"
            "NODE   STATE    CAN HOST\nNODE1  Up       no\nNODE2  Down     no\nNODE3  Unknown  no\n\n"
            "the resource type is not registered: `brokerctl cluster register`\n");
}

TEST(ClusterStatusTest, DllIsMissingHereOrOnANodeThatIsUp_IsAFailureThatNamesTheNode) {
  ReadCluster cluster;
  const Answer here = StatusOf(cluster, NotHere);
  EXPECT_TRUE(here.failed);
  EXPECT_THAT(RenderTable(here), HasSubstr("\nthe DLL is not on this node: install"));
  cluster.second_state = 0;
  const Answer there = StatusOf(cluster);
  EXPECT_TRUE(there.failed);
  EXPECT_THAT(RenderTable(there), HasSubstr("\nNODE2 can't host the type: install"));
}

TEST(ClusterStatusTest, DllWithoutAFullPath_IsAFailureAndNotLookedFor) {
  ReadCluster cluster;
  cluster.type->dll = "resource_bridge.dll";
  const Answer answer = StatusOf(cluster, NotHere);
  EXPECT_TRUE(answer.failed);
  EXPECT_THAT(RenderTable(answer), HasSubstr("\nthe DLL: \"resource_bridge.dll\" is no full path"));
  EXPECT_THAT(RenderTable(answer), Not(HasSubstr("on this node")));
}

TEST(ClusterStatusTest, PendingTimeoutThatTheBridgeCannotKeep_IsAFailure) {
  ReadCluster cluster;
  cluster.type->numbers["PendingTimeout"] = 29'999;
  const Answer answer = StatusOf(cluster);
  EXPECT_TRUE(answer.failed);
  EXPECT_THAT(RenderTable(answer), HasSubstr("\nPendingTimeout 29999 is below 30000: `brokerctl cluster register`"));
}

TEST(ClusterStatusTest, ClusterOfOtherMachines_HasNothingToSayOfThisOne) {
  ReadCluster cluster;
  const Answer answer = StatusOf(cluster, nullptr);
  EXPECT_FALSE(answer.failed);
  EXPECT_THAT(RenderTable(answer), Not(HasSubstr("on this node")));
  EXPECT_THAT(Render({{"", answer}}, {Form::kJson}), Not(HasSubstr("dllIsHere")));
}

TEST(ClusterStatusTest, ResourcesThatCannotBeRead_AreTheError) {
  ReadCluster cluster;
  cluster.resources = absl::PermissionDeniedError("no");
  EXPECT_EQ(ClusterStatusAnswer(cluster, kType, Here).status(), absl::PermissionDeniedError("no"));
}

TEST(ClusterChangeTest, NothingDone_SaysWhy) {
  const Answer answer = AnswerOfClusterChange("CLUSTER1", kType, {}, "registered like that already");
  EXPECT_FALSE(answer.failed);
  EXPECT_EQ(RenderTable(answer), "CLUSTER1: registered like that already\n");
}

TEST(ClusterChangeTest, HalfDone_SaysBothHalvesAndIsAFailure) {
  const cluster::Change change = {{"registered it"}, absl::PermissionDeniedError("setting: Access is denied.")};
  const Answer answer = AnswerOfClusterChange("CLUSTER1", kType, change, "");
  EXPECT_TRUE(answer.failed);
  EXPECT_EQ(RenderTable(answer),
            "CLUSTER1: registered it\n"
            "but not all was done: setting: Access is denied. - then the same command does the rest\n");
  const std::string json = Render({{"", answer}}, {Form::kJson});
  EXPECT_THAT(json, HasSubstr("\"registered it\""));
  EXPECT_THAT(json, HasSubstr("\"problem\": \"setting: Access is denied.\""));
}

}  // namespace
}  // namespace resource_broker::brokerctl
