#include "clients/cluster/clusapi_cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "clients/cluster/cluster_error.h"
#include "clients/cluster/testing/clusapi_stand_in.h"
#include "clients/cluster/testing/last_error.h"
#include "ipc/testing/temporary_folder.h"

namespace resource_broker::cluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kCluster[] =
    "cluster\tCLUSTER1\nnode\tNODE1\t0\tyes\nnode\tNODE2\t1\tno\n"
    "resource\tSQL Gateway\tResource Broker\t2\tNODE1\tSQL\nresource\tdisk\tPhysical Disk\t2\tNODE1\tSQL\n"
    "type\tResource Broker\tBroker\tC:\\x\\resource_bridge.dll\nnumber\tResource "
    "Broker\tLooksAlivePollInterval\t5000\n";

class ClusapiClusterTest : public ::testing::Test {
 protected:
  ClusapiClusterTest() { testing::SetStandInFile(file_); }
  ~ClusapiClusterTest() override { EXPECT_EQ(testing::OpenHandles(), 0); }

  void File(const std::string& text) { std::ofstream(std::filesystem::u8path(file_), std::ios::binary) << text; }

  std::string Calls() {
    std::ifstream stream(std::filesystem::u8path(file_ + ".calls"), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  }

  std::unique_ptr<ClusterApi> Open(const std::string& name = "") {
    absl::StatusOr<std::unique_ptr<ClusterApi>> cluster = OpenThrough(testing::StandIn(), name);
    EXPECT_TRUE(cluster.ok()) << cluster.status();
    return cluster.ok() ? *std::move(cluster) : nullptr;
  }

  absl::Status Refusal(const std::string& name = "") { return OpenThrough(testing::StandIn(), name).status(); }

 private:
  const ipc::testing::TemporaryFolder folder_;
  const std::string file_ = folder_.path() + "/cluster.txt";
};

TEST_F(ClusapiClusterTest, WhatTheClusterSays_IsRead) {
  File(kCluster);
  const auto cluster = Open();
  EXPECT_EQ(*cluster->Name(), "CLUSTER1");
  const auto nodes = *cluster->Nodes();
  ASSERT_EQ(nodes.size(), 2u);
  EXPECT_EQ(nodes[1].name, "NODE2");
  EXPECT_EQ(nodes[1].state, 1);
  const std::optional<ResourceType> type = *cluster->FindType("RESOURCE BROKER");
  ASSERT_TRUE(type.has_value());
  EXPECT_EQ(type->name, "Resource Broker");
  EXPECT_EQ(type->display_name, "Broker");
  EXPECT_EQ(type->dll, "C:\\x\\resource_bridge.dll");
  EXPECT_THAT(type->numbers, ElementsAre(std::make_pair("LooksAlivePollInterval", 5000u)));
  const auto resources = *cluster->ResourcesOf("Resource Broker");
  ASSERT_EQ(resources.size(), 1u);
  EXPECT_EQ(resources[0].name, "SQL Gateway");
  EXPECT_EQ(resources[0].state, 2);
  EXPECT_EQ(resources[0].node, "NODE1");
  EXPECT_EQ(resources[0].group, "SQL");
  EXPECT_THAT(*cluster->HostsOf("Resource Broker"), ElementsAre("NODE1"));
  EXPECT_EQ(*cluster->FindType("Resource Broker 2"), std::nullopt);
}

TEST_F(ClusapiClusterTest, NamesLongerThanTheFirstBuffer_AreWhole) {
  const std::string name = std::string(700, 'x') + "\xC3\x9C";
  std::string text =
      absl::StrCat("cluster\t", name, "\ntype\tResource Broker\t", std::string(5000, 'y'), "\tC:\\x.dll\n");
  absl::StrAppend(&text, "resource\t", name, "\tResource Broker\t2\tN\tG\n");
  File(text);
  const auto cluster = Open();
  EXPECT_EQ(*cluster->Name(), name);
  EXPECT_EQ((*cluster->ResourcesOf("Resource Broker"))[0].name, name);
  EXPECT_EQ((**cluster->FindType("Resource Broker")).display_name, std::string(5000, 'y'));
}

TEST_F(ClusapiClusterTest, TypeMadeSetAndRemoved_IsAsItWasGiven) {
  File("cluster\tCLUSTER1\n");
  const auto cluster = Open();
  ASSERT_TRUE(cluster->CreateType("Resource Broker", "\xC3\x9C", "C:\\x.dll", 5000, 60000).ok());
  ASSERT_TRUE(cluster->SetProperties("Resource Broker", "Broker", {{"PendingTimeout", 0x12345678}}).ok());
  const ResourceType type = **cluster->FindType("Resource Broker");
  EXPECT_EQ(type.display_name, "Broker");
  EXPECT_EQ(NumberOf(type.numbers, kPendingTimeout), 0x12345678u);
  EXPECT_EQ(NumberOf(type.numbers, kDeadlockTimeout), 300'000u) << "the usual one, where there is none";
  EXPECT_TRUE(cluster->DeleteType("Resource Broker").ok());
  EXPECT_EQ(*cluster->FindType("Resource Broker"), std::nullopt);
  EXPECT_EQ(Calls(),
            "CreateClusterResourceType Resource Broker C:\\x.dll 5000 60000\n"
            "ClusterResourceTypeControl Resource Broker\nDeleteClusterResourceType Resource Broker\n");
}

TEST_F(ClusapiClusterTest, EveryFunctionThatFails_IsAnErrorWithTheCodeAndNoHandleStaysOpen) {
  const std::string type = "Resource Broker";
  const std::pair<const char*, std::function<absl::Status(ClusterApi&)>> kCalls[] = {
      {"ClusterOpenEnum", [](ClusterApi& cluster) { return cluster.Nodes().status(); }},
      {"ClusterOpenEnum", [&](ClusterApi& cluster) { return cluster.FindType(type).status(); }},
      {"ClusterResourceTypeOpenEnum", [&](ClusterApi& cluster) { return cluster.ResourcesOf(type).status(); }},
      {"ClusterResourceTypeOpenEnum", [&](ClusterApi& cluster) { return cluster.HostsOf(type).status(); }},
      {"OpenClusterResource", [&](ClusterApi& cluster) { return cluster.ResourcesOf(type).status(); }},
      {"CreateClusterResourceType",
       [](ClusterApi& cluster) { return cluster.CreateType("Resource Broker 2", "", "C:\\x.dll", 1, 1); }},
      {"ClusterResourceTypeControl",
       [&](ClusterApi& cluster) {
         return cluster.SetProperties(type, std::nullopt, {{kIsAlive.name, 1}});
       }},
      {"DeleteClusterResourceType", [&](ClusterApi& cluster) { return cluster.DeleteType(type); }},
  };
  for (const auto& [function, call] : kCalls) {
    File(absl::StrCat(kCluster, "fail\t", function, "\t5\n"));
    const absl::Status status = call(*Open());
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << function << ": " << status;
    EXPECT_THAT(status.message(), HasSubstr("5 ERROR_ACCESS_DENIED")) << function;
    EXPECT_THAT(status.message(), HasSubstr("elevated")) << function;
  }
}

TEST_F(ClusapiClusterTest, ResourceRemovedSinceItWasListed_IsLeftOut) {
  File(absl::StrCat(kCluster, "fail\tOpenClusterResource\t5007\n"));
  EXPECT_THAT(*Open()->ResourcesOf("Resource Broker"), IsEmpty());
}

TEST_F(ClusapiClusterTest, PropertiesThatAreNoList_AreAnErrorThatNamesThem) {
  File(absl::StrCat(kCluster, "nobytes\t-\n"));
  const absl::Status status = Open()->FindType("Resource Broker").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(status.message(), HasSubstr("properties of resource type \"Resource Broker\": not a property list"));
}

TEST_F(ClusapiClusterTest, ThisMachineIsNoNode_IsSaidInWordsAndNothingIsOpened) {
  const std::pair<int, const char*> kStates[] = {
      {0, "not installed"}, {1, "node of no cluster"}, {3, "Start-Service ClusSvc"}};
  for (const auto& [state, words] : kStates) {
    File(absl::StrCat("service\t", state, "\ncluster\tCLUSTER1\n"));
    EXPECT_EQ(Refusal().code(), absl::StatusCode::kUnavailable) << state;
    EXPECT_THAT(Refusal().message(), HasSubstr(words));
    EXPECT_EQ(*Open("CLUSTER1")->Name(), "CLUSTER1") << "elsewhere it may well be";
  }
}

TEST_F(ClusapiClusterTest, ClusterThatDoesNotAnswer_IsUnavailableWithItsName) {
  File(kCluster);
  const absl::Status status = Refusal("CLUSTER9");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("\"CLUSTER9\""));
  EXPECT_THAT(status.message(), HasSubstr("1722 RPC_S_SERVER_UNAVAILABLE"));
  EXPECT_THAT(status.message(), HasSubstr("Start-Service ClusSvc"));
}

TEST(Clusapi, FunctionThatIsMissing_IsNamed) {
  int dummy = 0;
  const auto find = [&](const char* name) -> void* { return std::string(name) == "ClusterEnum" ? nullptr : &dummy; };
  const absl::Status status = FindClusapi(find, testing::LastErrorCode).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("no function ClusterEnum"));
}

TEST(ClusterError, CodeWithoutAdvice_StillHasItsNumber) {
  EXPECT_TRUE(StatusOfCode("x", 0).ok());
  EXPECT_EQ(StatusOfCode("x", 5078).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(StatusOfCode("x", 145).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(StatusOfCode("x", 8).message(), "x: There is not enough memory. (8 ERROR_NOT_ENOUGH_MEMORY)");
  EXPECT_EQ(StatusOfCode("x", 4242).message(), "x: Windows error 4242 (`net helpmsg 4242` has its words)");
}

}  // namespace
}  // namespace resource_broker::cluster
