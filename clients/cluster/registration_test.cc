#include "clients/cluster/registration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace resource_broker::cluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kType[] = "Resource Broker";
constexpr char kDll[] = "C:\\Program Files\\Resource Broker\\bridge\\resource_bridge.dll";
constexpr char kOtherDll[] = "D:\\elsewhere\\resource_bridge.dll";

// A cluster of one type at most, that counts what is changed and fails where it is told to.
class FakeCluster : public ClusterApi {
 public:
  absl::StatusOr<std::string> Name() override { return std::string("CLUSTER1"); }
  absl::StatusOr<std::vector<ClusterNode>> Nodes() override { return std::vector<ClusterNode>(); }
  absl::StatusOr<std::vector<std::string>> HostsOf(const std::string&) override { return std::vector<std::string>(); }

  absl::StatusOr<std::optional<ResourceType>> FindType(const std::string&) override {
    if (!find.ok()) return find;
    return type;
  }

  absl::StatusOr<std::vector<ClusterResource>> ResourcesOf(const std::string&) override { return resources; }

  absl::Status CreateType(const std::string& name, const std::string& display_name, const std::string& dll,
                          uint32_t looks_alive_ms, uint32_t is_alive_ms) override {
    writes.push_back(absl::StrCat("create ", display_name, " ", looks_alive_ms, " ", is_alive_ms));
    if (create.ok())
      type = {name, display_name, dll, {{kLooksAlive.name, looks_alive_ms}, {kIsAlive.name, is_alive_ms}}};
    return create;
  }

  absl::Status SetProperties(const std::string&, const std::optional<std::string>& display_name,
                             const TypeNumbers& numbers) override {
    std::string text = display_name.has_value() ? absl::StrCat("Name=", *display_name, " ") : "";
    for (const auto& [name, number] : numbers) absl::StrAppend(&text, name, "=", number, " ");
    writes.push_back(absl::StrCat("set ", text));
    if (!set.ok()) return set;
    if (display_name.has_value()) type->display_name = *display_name;
    for (const auto& [name, number] : numbers) type->numbers[name] = number;
    return set;
  }

  absl::Status DeleteType(const std::string& name) override {
    writes.push_back(absl::StrCat("delete ", name));
    if (remove.ok()) type.reset();
    return remove;
  }

  std::optional<ResourceType> type;
  std::vector<ClusterResource> resources;
  absl::Status find, create, set, remove;
  std::vector<std::string> writes;
};

class RegistrationTest : public ::testing::Test {
 protected:
  // As somebody registered it, with numbers of their own.
  void TypeIsThere(const std::string& dll) {
    cluster_.type = ResourceType{kType, "Broker", dll, {{kLooksAlive.name, 7'000}, {kPendingTimeout.name, 200'000}}};
  }

  absl::StatusOr<Change> Register() { return cluster::Register(cluster_, wanted_); }

  // Done without a problem.
  std::vector<std::string> Changes() {
    const absl::StatusOr<Change> change = Register();
    EXPECT_TRUE(change.ok()) << change.status();
    if (!change.ok()) return {};
    EXPECT_TRUE(change->problem.ok()) << change->problem;
    return change->changes;
  }

  void ExpectRefused(absl::StatusCode code, const std::string& words) {
    const absl::StatusOr<Change> change = Register();
    EXPECT_EQ(change.status().code(), code) << change.status();
    EXPECT_THAT(change.status().message(), HasSubstr(words));
    EXPECT_THAT(cluster_.writes, IsEmpty());
  }

  FakeCluster cluster_;
  Registration wanted_ = {kType, kDll, std::nullopt, {}, false};
};

TEST_F(RegistrationTest, NewType_IsMadeWithTheUsualNumbersAndTheSecondTimeNothingIsDone) {
  EXPECT_THAT(Changes(),
              ElementsAre(absl::StrCat("registered resource type \"Resource Broker\" with DLL \"", kDll, "\"")));
  // What Windows takes anyway is not written down.
  EXPECT_THAT(cluster_.writes, ElementsAre("create Resource Broker 5000 60000"));
  EXPECT_THAT(Changes(), IsEmpty());
  EXPECT_EQ(cluster_.writes.size(), 1u);
}

TEST_F(RegistrationTest, NewTypeWithNumbers_HasThemAndTheSecondTimeNothingIsDone) {
  wanted_.display_name = "Broker";
  wanted_.numbers = {{kLooksAlive.name, 3'000}, {kPendingTimeout.name, 240'000}};
  EXPECT_THAT(Changes(), ElementsAre(HasSubstr("registered"), "PendingTimeout: 180000 -> 240000"));
  EXPECT_THAT(cluster_.writes, ElementsAre("create Broker 3000 60000", "set PendingTimeout=240000 "));
  EXPECT_THAT(Changes(), IsEmpty());
  EXPECT_EQ(cluster_.writes.size(), 2u);
}

TEST_F(RegistrationTest, TypeThatIsThere_KeepsWhatIsNotAskedFor) {
  TypeIsThere(kDll);
  EXPECT_THAT(Changes(), IsEmpty());
  EXPECT_THAT(cluster_.writes, IsEmpty());
  EXPECT_EQ(cluster_.type->numbers[kPendingTimeout.name], 200'000u);
}

TEST_F(RegistrationTest, TypeThatDiffers_IsSetToWhatIsAskedForAndNoMore) {
  TypeIsThere("c:\\program files\\RESOURCE BROKER\\bridge\\resource_bridge.DLL");
  wanted_.display_name = "Resource Broker";
  wanted_.numbers = {{kLooksAlive.name, 7'000}, {kPendingTimeout.name, 100'000}, {kIsAlive.name, 60'000}};
  EXPECT_THAT(Changes(),
              ElementsAre("display name: \"Broker\" -> \"Resource Broker\"", "PendingTimeout: 200000 -> 100000"));
  EXPECT_THAT(cluster_.writes, ElementsAre("set Name=Resource Broker PendingTimeout=100000 "));
}

TEST_F(RegistrationTest, AnotherDll_IsRefusedWithBothNamesUnlessReplaceSaysSo) {
  TypeIsThere(kOtherDll);
  ExpectRefused(absl::StatusCode::kFailedPrecondition, kOtherDll);
  ExpectRefused(absl::StatusCode::kFailedPrecondition, kDll);
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "--replace");
}

TEST_F(RegistrationTest, Replace_MakesTheTypeAnewWithTheNumbersItHad) {
  TypeIsThere(kOtherDll);
  wanted_.replace = true;
  wanted_.numbers = {{kIsAlive.name, 30'000}};
  EXPECT_THAT(Changes(),
              ElementsAre(HasSubstr(absl::StrCat("removed resource type \"Resource Broker\" with DLL \"", kOtherDll)),
                          HasSubstr("registered"), "PendingTimeout: 180000 -> 200000"));
  EXPECT_THAT(cluster_.writes,
              ElementsAre("delete Resource Broker", "create Broker 7000 30000", "set PendingTimeout=200000 "));
  EXPECT_EQ(cluster_.type->dll, kDll);
}

TEST_F(RegistrationTest, ReplaceOfTheSameDll_ReplacesNothing) {
  TypeIsThere(kDll);
  wanted_.replace = true;
  EXPECT_THAT(Changes(), IsEmpty());
  EXPECT_THAT(cluster_.writes, IsEmpty());
}

TEST_F(RegistrationTest, ReplaceWhileResourcesExist_IsRefusedNamingThem) {
  TypeIsThere(kOtherDll);
  wanted_.replace = true;
  cluster_.resources = {{"SQL Gateway", 2, "NODE1", "SQL"}};
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "\"SQL Gateway\"");
}

TEST_F(RegistrationTest, CreationIsRefused_IsAnErrorBecauseNothingWasChanged) {
  cluster_.create = absl::PermissionDeniedError("no");
  EXPECT_EQ(Register().status(), cluster_.create);
}

TEST_F(RegistrationTest, PropertiesAreRefusedAfterCreation_SaysBothAndTheNextCallFinishes) {
  cluster_.set = absl::PermissionDeniedError("no");
  wanted_.numbers = {{kPendingTimeout.name, 240'000}};
  const absl::StatusOr<Change> change = Register();
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_THAT(change->changes, ElementsAre(HasSubstr("registered")));
  EXPECT_EQ(change->problem, cluster_.set);
  cluster_.set = absl::OkStatus();
  EXPECT_THAT(Changes(), ElementsAre("PendingTimeout: 180000 -> 240000"));
}

TEST_F(RegistrationTest, CreationIsRefusedAfterRemoval_SaysBoth) {
  TypeIsThere(kOtherDll);
  wanted_.replace = true;
  cluster_.create = absl::InternalError("full");
  const absl::StatusOr<Change> change = Register();
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_THAT(change->changes, ElementsAre(HasSubstr("removed")));
  EXPECT_EQ(change->problem, cluster_.create);
}

TEST_F(RegistrationTest, PendingTimeoutAboveDeadlockTimeout_IsRefusedWhicheverIsAskedFor) {
  wanted_.numbers = {{kPendingTimeout.name, 300'001}};
  ExpectRefused(absl::StatusCode::kInvalidArgument, "DeadlockTimeout 300000");
  TypeIsThere(kDll);
  wanted_.numbers = {{kDeadlockTimeout.name, 199'999}};
  ExpectRefused(absl::StatusCode::kInvalidArgument, "PendingTimeout 200000");
  wanted_.numbers = {{kPendingTimeout.name, 600'000}, {kDeadlockTimeout.name, 600'000}};
  EXPECT_THAT(Changes(), ElementsAre("DeadlockTimeout: 300000 -> 600000", "PendingTimeout: 200000 -> 600000"));
}

TEST_F(RegistrationTest, TypeThatTheBridgeDoesNotServe_IsRefused) {
  for (const std::string& type : {std::string(), std::string("Physical Disk"), std::string("Resource Brokers"),
                                  std::string("Resource Broker \\x"), std::string("Resource Broker \x01"),
                                  "Resource Broker " + std::string(240, 'x')}) {
    wanted_.type = type;
    ExpectRefused(absl::StatusCode::kInvalidArgument, "--type");
    EXPECT_EQ(Unregister(cluster_, type).status().code(), absl::StatusCode::kInvalidArgument) << type;
  }
  EXPECT_THAT(cluster_.writes, IsEmpty());
  EXPECT_TRUE(CheckTypeName("Resource Broker Database").ok());
}

TEST_F(RegistrationTest, Unregister_RemovesTheTypeAndTheSecondTimeNothingIsDone) {
  TypeIsThere(kDll);
  EXPECT_THAT(Unregister(cluster_, "resource broker")->changes,
              ElementsAre("removed resource type \"Resource Broker\""));
  EXPECT_THAT(Unregister(cluster_, kType)->changes, IsEmpty());
  EXPECT_THAT(cluster_.writes, ElementsAre("delete Resource Broker"));
}

TEST_F(RegistrationTest, UnregisterWhileResourcesExist_IsRefusedNamingTheFirstTen) {
  TypeIsThere(kDll);
  for (int i = 1; i <= 12; ++i) cluster_.resources.push_back({absl::StrCat("disk ", i), 3, "NODE1", "G"});
  const absl::Status status = Unregister(cluster_, kType).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("\"disk 1\", \"disk 2\""));
  EXPECT_THAT(status.message(), HasSubstr("\"disk 10\", 2 more: remove these resources first"));
  EXPECT_THAT(cluster_.writes, IsEmpty());
}

TEST_F(RegistrationTest, ClusterThatCannotBeRead_IsNotChanged) {
  cluster_.find = absl::UnavailableError("away");
  ExpectRefused(absl::StatusCode::kUnavailable, "away");
  EXPECT_EQ(Unregister(cluster_, kType).status(), cluster_.find);
  EXPECT_THAT(cluster_.writes, IsEmpty());
}

}  // namespace
}  // namespace resource_broker::cluster
