#include "clients/brokerctl/contexts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "clients/brokerctl/exit_code.h"
#include "clients/brokerctl/private_file.h"
#include "clients/brokerctl/testing/cluster.h"

namespace resource_broker::brokerctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ContextsTest : public ::testing::Test {
 protected:
  CommandRun Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--contexts", file_});
    return RunLine(std::move(arguments));
  }

  std::vector<std::string> Add(const std::string& name) {
    const Identity client = *MakeClientIdentity(cluster_.ca(), "alice", "spiffe://x/alice", {});
    std::vector<std::string> arguments = cluster_.As(client, cluster_.ca().certificate);
    arguments.insert(arguments.begin(),
                     {"context", "add", name, "--node", cluster_.first().node(), "--node", cluster_.second().node()});
    return arguments;
  }

  Cluster cluster_;
  const std::string file_ = cluster_.path("home/of/alice/contexts.json");
};

TEST_F(ContextsTest, ContextThatWasAdded_ReachesItsNodesAndCanBeTheDefault) {
  ASSERT_EQ(Run(Add("prod")).exit_code, kDone);
  const CommandRun named = Run({"--context", "prod", "queue", "status"});
  EXPECT_EQ(named.exit_code, kDone) << named.errors;
  EXPECT_THAT(named.out, AllOf(HasSubstr(cluster_.first().node()), HasSubstr(cluster_.second().node())));
  ASSERT_EQ(Run({"context", "use", "prod"}).exit_code, kDone);
  EXPECT_EQ(Run({"queue", "status"}).out, named.out);
  const CommandRun one = Run({"queue", "status", "--node", cluster_.second().node()});
  EXPECT_EQ(one.exit_code, kDone) << one.errors;
  EXPECT_THAT(one.out, Not(HasSubstr("NODE"))) << "one node, with the credentials of the default";
  EXPECT_EQ(Run({"queue", "status", "--context", "prod", "--node", cluster_.second().node()}).exit_code, kDone);
  EXPECT_THAT(Run({"context", "list"}).out, HasSubstr("*        prod"));
  EXPECT_THAT(Run({"context", "show"}).out, HasSubstr(cluster_.second().node()));
  ASSERT_EQ(Run({"context", "remove", "prod"}).exit_code, kDone);
  EXPECT_THAT(Run({"context", "list"}).out, Not(HasSubstr("prod")));
}

TEST_F(ContextsTest, FileIsPrivateAndHoldsAbsoluteNames) {
  ASSERT_EQ(Run(Add("prod")).exit_code, kDone);
  EXPECT_TRUE(CheckPrivate(std::filesystem::u8path(file_)).ok());
  const absl::StatusOr<Contexts> contexts = LoadContexts(std::filesystem::u8path(file_));
  ASSERT_TRUE(contexts.ok()) << contexts.status();
  EXPECT_TRUE(std::filesystem::u8path(contexts->contexts(0).key_file()).is_absolute());
}

TEST_F(ContextsTest, SameNameAgain_IsRefused) {
  ASSERT_EQ(Run(Add("prod")).exit_code, kDone);
  EXPECT_THAT(Run(Add("prod")).errors, HasSubstr("already"));
}

TEST_F(ContextsTest, ContextsThatCannotBe_AreRefusedWithTheReason) {
  EXPECT_THAT(Run(Add("a b")).errors, HasSubstr("a name is"));
  EXPECT_THAT(Run(Add("local")).errors, HasSubstr("local pipe"));
  EXPECT_THAT(Run({"context", "add", "x", "--node", "n1:0"}).errors, HasSubstr("is no node's address"));
  EXPECT_THAT(Run({"context", "add", "x"}).errors, HasSubstr("1 to 256 nodes"));
  EXPECT_THAT(Run({"context", "add", "x", "--node", "n1"}).errors, HasSubstr("needs --ca, --cert and --key"));
  EXPECT_THAT(Run({"context", "add", "x", "--node", "n1", "--plaintext"}).errors, HasSubstr("loopback"));
  EXPECT_EQ(Run({"context", "use", "nowhere"}).exit_code, kNotFound);
  EXPECT_EQ(Run({"--context", "nowhere", "status"}).exit_code, kUsage);
  EXPECT_EQ(Run({"status", "--context", "x", "--address", "y"}).exit_code, kUsage) << "both";
}

TEST_F(ContextsTest, FileThatIsNotInOrder_IsNamed) {
  for (const char* text : {"{", "{\"contexts\": [{\"name\": \"x\"}]}", "{\"unknown\": 1}", "{\"current\": \"y\"}"}) {
    const std::string file = cluster_.Write("bad.json", text);
    const CommandRun run = RunLine({"--contexts", file, "status"});
    EXPECT_EQ(run.exit_code, kUsage) << text;
    EXPECT_THAT(run.errors, HasSubstr("bad.json: ")) << text;
  }
}

TEST(NodeAddressTest, AddressesInEveryForm) {
  EXPECT_EQ(ParseNodeAddress("n1.example")->text, "n1.example:7443");
  EXPECT_EQ(ParseNodeAddress("10.0.0.1:80")->port, "80");
  EXPECT_EQ(ParseNodeAddress("[fd00::1]")->text, "[fd00::1]:7443");
  EXPECT_EQ(ParseNodeAddress("[::1]:1")->host, "::1");
  for (const char* loopback : {"localhost", "127.0.0.1", "127.9.9.9:1", "[::1]"}) {
    EXPECT_TRUE(ParseNodeAddress(loopback)->loopback) << loopback;
  }
  for (const char* other : {"localhost.example", "128.0.0.1", "127.example", "[::2]"}) {
    EXPECT_FALSE(ParseNodeAddress(other)->loopback) << other;
  }
  for (const char* wrong : {"", ":1", "n1:", "n1:0", "n1:65536", "n1:1:2", "[::1", "[::1]1", "a/b", "n 1", "n1:+5"}) {
    EXPECT_FALSE(ParseNodeAddress(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace resource_broker::brokerctl
