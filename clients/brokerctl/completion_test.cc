#include "clients/brokerctl/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "clients/brokerctl/command_line.h"
#include "clients/brokerctl/completion_lookup.h"
#include "clients/brokerctl/explain_commands.h"
#include "clients/brokerctl/testing/cluster.h"

namespace resource_broker::brokerctl {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;

class CompletionTest : public ::testing::Test {
 protected:
  CompletionTest() { BuildCommandLine(&app_, &globals_, &command_); }

  std::vector<std::string> At(const std::string& line, const Lookup& lookup) {
    std::vector<std::string> words = SplitLine("brokerctl " + line);
    words.erase(words.begin());
    std::vector<std::string> texts;
    completion_ = Complete(app_, words, lookup);
    for (const Candidate& candidate : completion_.candidates) texts.push_back(candidate.text);
    return texts;
  }
  std::vector<std::string> At(const std::string& line) {
    return At(line, [this](const std::string& kind, const auto& globals, const auto& positionals) {
      kind_ = kind;
      asked_globals_ = globals;
      asked_positionals_ = positionals;
      return std::vector<Candidate>();
    });
  }

  Globals globals_;
  Command command_;
  CLI::App app_{"", "brokerctl"};
  Completion completion_;
  std::string kind_;
  std::vector<std::string> asked_globals_;
  std::vector<std::string> asked_positionals_;
};

TEST_F(CompletionTest, Commands_AreThoseOfTheCommandLine) {
  EXPECT_THAT(At(""), IsSupersetOf({"status", "resources", "operations", "modules", "queue", "config", "audit", "diag",
                                    "journal", "context", "pki", "explain", "completion", "version", "sessions"}));
  EXPECT_THAT(At("res"), ElementsAre("resources"));
  EXPECT_THAT(At("queue "), ElementsAre("status", "pause", "resume", "limits"));
  EXPECT_THAT(At("--context prod -o json operations ca"), ElementsAre("cancel"));
  EXPECT_THAT(At("nonsense "), Contains("status")) << "it may be a value";
}

TEST_F(CompletionTest, Options_AreTheCommandsAndThoseAboveIt) {
  EXPECT_THAT(At("operations list --"),
              IsSupersetOf({"--pending", "--since", "--limit", "--help", "--context", "--output"}));
  EXPECT_THAT(At("operations list --pe"), ElementsAre("--pending"));
  EXPECT_THAT(At("status --pe"), IsEmpty());
}

TEST_F(CompletionTest, ValuesOfOptions_AreThoseTheyTake) {
  EXPECT_THAT(At("-o "), ElementsAre("table", "wide", "json", "yaml", "jsonl"));
  EXPECT_THAT(At("status --output js"), ElementsAre("json", "jsonl"));
  EXPECT_THAT(At("operations list --kind "), ElementsAre("online", "offline"));
  EXPECT_THAT(At("completion "), ElementsAre("bash", "zsh", "fish", "powershell"));
  At("--ca ");
  EXPECT_TRUE(completion_.files);
  At("modules stage ");
  EXPECT_TRUE(completion_.files);
}

TEST_F(CompletionTest, WhatBrokersKnow_IsAskedForWithTheNodesThatWereTyped) {
  At("--node n1 --context=prod modules remove sql_gateway --timeout 5 ");
  EXPECT_EQ(kind_, "VERSION");
  EXPECT_THAT(asked_globals_, ElementsAre("--node", "n1", "--context=prod", "--timeout", "5"));
  EXPECT_THAT(asked_positionals_, ElementsAre("sql_gateway"));
  At("operations get 1 2 ");
  EXPECT_EQ(kind_, "ID") << "it takes many";
  At("operations list --resource ");
  EXPECT_EQ(kind_, "RESOURCE");
  At("context use ");
  EXPECT_EQ(kind_, "CONTEXT");
}

TEST_F(CompletionTest, NamesOfResources_ComeFromTheNodes) {
  FakeBroker broker;
  FillBroker("NODE1", &broker);
  const std::string nodes = "--plaintext --node " + broker.node() + " ";
  EXPECT_THAT(At(nodes + "resources lock SQL", LookUp), ElementsAre("SQL Gateway NODE1"));
  EXPECT_THAT(At(nodes + "resources lock \"SQL G", LookUp), ElementsAre("SQL Gateway NODE1"));
  EXPECT_THAT(At(nodes + "resources lock SQL\\ G", LookUp), ElementsAre("SQL Gateway NODE1"));
  EXPECT_THAT(At(nodes + "modules activate sql_gateway 2.", LookUp), ElementsAre("2.2.0", "2.3.0", "2.4.0"));
  EXPECT_THAT(At(nodes + "operations cancel 1", LookUp), Each(StartsWith("1")));
  EXPECT_THAT(At("explain QUEUE", LookUp), Contains("QUEUE_ENABLED"));
}

TEST_F(CompletionTest, BrokerThatDoesNotAnswer_CostsASecondAtMost) {
  FakeBroker broker;
  broker.admin().Hang();
  const absl::Time begin = absl::Now();
  EXPECT_THAT(At("--plaintext --node " + broker.node() + " resources get ", LookUp), IsEmpty());
  EXPECT_LT(absl::Now() - begin, absl::Seconds(3));
}

TEST_F(CompletionTest, EveryCommandThatDoesSomething_HasExamples) {
  std::vector<const CLI::App*> left = {&app_};
  while (!left.empty()) {
    const CLI::App* command = left.back();
    left.pop_back();
    const auto below = command->get_subcommands([](const CLI::App*) { return true; });
    left.insert(left.end(), below.begin(), below.end());
    if (!below.empty()) continue;
    EXPECT_NE(command->get_footer().find("brokerctl "), std::string::npos) << command->get_name();
  }
}

TEST(ExplainTest, EveryEventAndStateOfTheContracts_IsExplained) {
  for (const auto* values : {v1::EventKind_descriptor(), v1::ModuleStatus::State_descriptor()}) {
    for (int i = 1; i < values->value_count(); ++i) {
      EXPECT_TRUE(Explain(values->value(i)->name()).ok()) << values->value(i)->name();
    }
  }
}

TEST(ExplainTest, ACode_IsWordsMeaningAndAdvice) {
  const CommandRun run = RunLine({"explain", "0x80071748"});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.out,
              StartsWith("win32  5960 ERROR_CLUSTER_RESOURCE_LOCKED_STATUS\nmeans  The resource is locked.\nhere   "));
  EXPECT_EQ(RunLine({"explain", "banana"}).exit_code, 4);
  EXPECT_EQ(RunLine({"explain"}).exit_code, 2);
  EXPECT_THAT(RunLine({"explain", "--list"}).out, StartsWith("KIND "));
}

}  // namespace
}  // namespace resource_broker::brokerctl
