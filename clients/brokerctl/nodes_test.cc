// Commands on many nodes over mutual TLS, and what an administrator is told where that does not come about.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "clients/brokerctl/exit_code.h"
#include "clients/brokerctl/testing/cluster.h"

namespace resource_broker::brokerctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class NodesTest : public ::testing::Test {
 protected:
  // `status` of the first node with these credentials.
  CommandRun StatusAs(const Identity& client, const std::string& ca, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"status", "--node", cluster_.first().node()};
    for (const std::string& word : cluster_.As(client, ca)) arguments.push_back(word);
    for (const std::string& word : more) arguments.push_back(word);
    return RunLine(arguments);
  }

  Identity Client(const Validity& validity = {}) {
    return *MakeClientIdentity(cluster_.ca(), "bob", "spiffe://resource-broker/viewer/bob", validity);
  }

  Cluster cluster_;
};

TEST_F(NodesTest, OneNodeIsDown_TheOthersRowsAreThereAndTheExitCodeSaysSome) {
  const std::string gone = cluster_.second().node();
  cluster_.second().Stop();
  const CommandRun run = cluster_.Run({"resources", "list"});
  EXPECT_EQ(run.exit_code, kSomeNodesFailed);
  EXPECT_THAT(run.out, AllOf(HasSubstr("node-1.lan:7443  SQL Gateway NODE1"), Not(HasSubstr("node-2.lan"))));
  // Refused; under Wine a port that was closed a moment ago may stay silent instead.
  EXPECT_THAT(run.errors, AllOf(StartsWith("brokerctl: node-2.lan:7443: no broker answers"),
                                ::testing::AnyOf(HasSubstr("efused"), HasSubstr("nothing answers at that address"))));
  const CommandRun json = cluster_.Run({"resources", "list", "-o", "json"});
  EXPECT_THAT(json.out, HasSubstr("\"error\": {\"code\": \"UNAVAILABLE\", \"message\": \"no broker answers"));
}

TEST_F(NodesTest, EveryNodeFails_TheExitCodeIsThatOfTheFirst) {
  EXPECT_EQ(cluster_.Run({"resources", "get", "nowhere"}).exit_code, kNotFound);
}

TEST_F(NodesTest, ThingIsOnOneOfTheNodes_TheOtherIsNotAFailure) {
  const CommandRun run = cluster_.Run({"operations", "get", "201"});
  EXPECT_EQ(run.exit_code, kDone) << run.errors;
  EXPECT_EQ(run.errors, "");
  EXPECT_THAT(run.out, HasSubstr("node-2.lan:7443  operation"));
}

TEST_F(NodesTest, RoleIsMissing_IsNotAllowed) {
  cluster_.first().answers()->refusal = "PauseQueue needs the role operator; CN=bob has viewer";
  const CommandRun one = cluster_.Run({"queue", "pause", "--reason", "x"}, {cluster_.first().node()});
  EXPECT_EQ(one.exit_code, kNotAllowed);
  EXPECT_EQ(one.errors, "brokerctl: PauseQueue needs the role operator; CN=bob has viewer\n");
  EXPECT_EQ(cluster_.Run({"queue", "pause", "--reason", "x"}).exit_code, kSomeNodesFailed);
}

TEST_F(NodesTest, ChangeOfManyNodesAtATerminal_IsAskedFor) {
  Terminal terminal;
  std::istringstream typed("\nno\nY\n");
  terminal.input = &typed;
  const std::vector<std::string> pause = {"queue", "pause", "--reason", "x"};
  for (int i = 0; i < 2; ++i) {
    const CommandRun asked = cluster_.Run(pause, {}, terminal);
    EXPECT_EQ(asked.exit_code, kFailed);
    EXPECT_THAT(asked.errors, AllOf(HasSubstr("2 nodes: node-1.lan:7443, node-2.lan:7443"), HasSubstr("--yes")));
    EXPECT_FALSE(cluster_.first().answers()->queue.paused());
  }
  EXPECT_EQ(cluster_.Run(pause, {}, terminal).exit_code, kDone);
  EXPECT_TRUE(cluster_.second().answers()->queue.paused());
  // Nothing more is typed: whoever is asked in vain has said no.
  EXPECT_EQ(cluster_.Run(pause, {}, terminal).exit_code, kFailed);
  EXPECT_EQ(cluster_.Run({"queue", "pause", "--reason", "x", "--yes"}, {}, terminal).exit_code, kDone);
  EXPECT_TRUE(cluster_.second().answers()->queue.paused());
  EXPECT_EQ(cluster_.Run({"queue", "resume"}, {cluster_.first().node()}, terminal).exit_code, kDone) << "one node";
  EXPECT_EQ(cluster_.Run({"queue", "status"}, {}, terminal).exit_code, kDone) << "nothing changes";
}

TEST_F(NodesTest, StreamsOfTwoNodes_AreOneWithTheNodeInEveryLine) {
  const std::string second = absl::HexStringToBytes("2f112233445566778899aabbccddeeff");
  v1::Event end;
  end.set_sequence(3);
  end.set_kind(v1::SUCCEEDED);
  end.mutable_final()->set_state(v1::RESOURCE_OFFLINE);
  std::thread brokers([&] {
    EXPECT_TRUE(cluster_.second().admin().AwaitWatcher());
    cluster_.second().admin().AddEvent(second, end);
  });
  const CommandRun run = cluster_.Run({"operations", "watch", "2f1", "--from-start"});
  brokers.join();
  EXPECT_EQ(run.exit_code, kDone) << "that the first node has no such operation is no failure";
  EXPECT_EQ(run.errors, "");
  EXPECT_THAT(run.out, AllOf(HasSubstr("node-2.lan:7443  2026-"), HasSubstr("#3 SUCCEEDED")));
}

TEST_F(NodesTest, LogsOfTwoNodes_AreNamedLineByLineAndHarmless) {
  const CommandRun one = cluster_.Run({"modules", "logs", "sql_gateway", "--tail", "2"}, {cluster_.first().node()});
  EXPECT_EQ(one.out, "two\nthree  [2J\n");
  const CommandRun both = cluster_.Run({"modules", "logs", "sql_gateway", "--tail", "1"});
  EXPECT_THAT(both.out, AllOf(HasSubstr("node-1.lan:7443  three  [2J\n"), HasSubstr("node-2.lan:7443  three  [2J\n")));
}

TEST_F(NodesTest, ClientCertificateHasExpired_IsToldBeforeAnythingIsSent) {
  const CommandRun run = StatusAs(Client({-3}), cluster_.ca().certificate);
  EXPECT_EQ(run.exit_code, kFailed);
  EXPECT_THAT(run.errors, AllOf(HasSubstr(".crt: the certificate has expired, on "), HasSubstr("a new one is needed")));
}

TEST_F(NodesTest, ClientCertificateIsOfAnotherCa_IsRefusedByTheNode) {
  const Identity other = *MakeCa("Other CA", {});
  const CommandRun run = StatusAs(*MakeClientIdentity(other, "eve", "spiffe://x/eve", {}), cluster_.ca().certificate);
  EXPECT_EQ(run.exit_code, kNotAllowed) << run.errors;
  EXPECT_THAT(run.errors,
              AllOf(HasSubstr(cluster_.first().node()), HasSubstr("refuse"), HasSubstr("client certificate")));
}

TEST_F(NodesTest, NodeIsOfAnUnknownCa_IsNotTrusted) {
  const CommandRun run = StatusAs(Client(), MakeCa("Other CA", {})->certificate);
  EXPECT_EQ(run.exit_code, kFailed) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("the node's certificate is of an unknown CA"));
}

TEST_F(NodesTest, NodeIsCalledOtherwise_IsNotTrustedUntilTheNameIsSaid) {
  const Identity node = *MakeNodeIdentity(cluster_.ca(), {"n7.example"}, {});
  FakeBroker broker(node, cluster_.ca().certificate);
  std::vector<std::string> arguments = {"queue", "status", "--node", broker.node()};
  for (const std::string& word : cluster_.As(Client(), cluster_.ca().certificate)) arguments.push_back(word);
  const CommandRun run = RunLine(arguments);
  EXPECT_EQ(run.exit_code, kFailed) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("the node's certificate is not for localhost"));
  arguments.insert(arguments.end(), {"--server-name", "n7.example"});
  EXPECT_EQ(RunLine(arguments).exit_code, kDone);
}

TEST_F(NodesTest, NodesCertificateHasExpired_IsTold) {
  const Identity node = *MakeNodeIdentity(cluster_.ca(), {"localhost"}, {-2});
  FakeBroker broker(node, cluster_.ca().certificate);
  std::vector<std::string> arguments = {"status", "--node", broker.node()};
  for (const std::string& word : cluster_.As(Client(), cluster_.ca().certificate)) arguments.push_back(word);
  const CommandRun run = RunLine(arguments);
  EXPECT_EQ(run.exit_code, kFailed);
  EXPECT_THAT(run.errors, HasSubstr("the node's certificate, or one above it, has expired"));
}

TEST_F(NodesTest, WhatAnswersDoesNotSpeakTls_IsTold) {
  FakeBroker broker;
  std::vector<std::string> arguments = {"status", "--node", broker.node(), "--timeout", "3000"};
  for (const std::string& word : cluster_.As(Client(), cluster_.ca().certificate)) arguments.push_back(word);
  const CommandRun run = RunLine(arguments);
  EXPECT_EQ(run.exit_code, kNoBroker);
  EXPECT_THAT(run.errors, HasSubstr("does not speak TLS"));
}

TEST_F(NodesTest, KeyOfAnotherCertificate_IsTold) {
  Identity mixed = Client();
  mixed.key = Client().key;
  const CommandRun run = StatusAs(mixed, cluster_.ca().certificate);
  EXPECT_EQ(run.exit_code, kFailed);
  EXPECT_THAT(run.errors, HasSubstr("is not the key of"));
}

TEST_F(NodesTest, PlaintextIsForLoopbackOnly) {
  FakeBroker broker;
  FillBroker("NODE1", &broker);
  EXPECT_EQ(RunLine({"status", "--plaintext", "--node", broker.node()}).exit_code, kDone);
  const CommandRun refused = RunLine({"status", "--plaintext", "--node", "n1.example:7443"});
  EXPECT_EQ(refused.exit_code, kUsage);
  EXPECT_THAT(refused.errors, HasSubstr("only loopback addresses"));
  EXPECT_EQ(RunLine({"status", "--node", broker.node()}).exit_code, kUsage) << "neither TLS nor a word against it";
}

TEST_F(NodesTest, Watch_IsShownAgainUntilItIsEnded) {
  FakeBroker broker;
  FillBroker("NODE1", &broker);
  int pauses = 0;
  const auto pause = [&](absl::Duration duration) {
    EXPECT_EQ(duration, absl::Seconds(0.5));
    broker.admin().mutable_status()->set_operations_running(100 + pauses);
    return ++pauses < 3;
  };
  const CommandRun run = RunLine({"status", "--watch=0.5", "--plaintext", "--node", broker.node()}, {}, pause);
  EXPECT_EQ(run.exit_code, kDone) << run.errors;
  EXPECT_THAT(run.out, AllOf(HasSubstr(" 1 running"), HasSubstr(" 100 running"), HasSubstr(" 101 running"),
                             Not(HasSubstr(" 102 running")), Not(HasSubstr("\x1b["))));
  Terminal terminal;
  terminal.output = true;
  pauses = 2;
  const CommandRun drawn = RunLine({"status", "--watch=0.5", "--plaintext", "--node", broker.node()}, terminal, pause);
  EXPECT_THAT(drawn.out, StartsWith("\x1b[H\x1b[2J"));
}

TEST_F(NodesTest, ConfigurationThatWouldDo_IsDone) {
  const std::string file = cluster_.Write("broker.json", "{}");
  const CommandRun run = cluster_.Run({"config", "validate", file});
  EXPECT_EQ(run.exit_code, kDone) << run.errors;
  EXPECT_THAT(run.out, AllOf(HasSubstr("could be taken over  logLevel"), HasSubstr("needs a restart"),
                             Not(HasSubstr("refused"))));
  EXPECT_EQ(cluster_.Run({"config", "validate", cluster_.Write("bad.json", "{\"x\": 1}")}).exit_code, kFailed);
}

TEST_F(NodesTest, Backup_IsWholeOrNotThere) {
  std::string journal = "SQLite format 3";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&journal, i);
  cluster_.first().answers()->journal = journal;
  const std::string file = cluster_.path("journal.sqlite");
  const std::vector<std::string> node = {cluster_.first().node()};
  cluster_.first().answers()->journal_damaged = true;
  const CommandRun damaged = cluster_.Run({"journal", "backup", file}, node);
  EXPECT_EQ(damaged.exit_code, kFailed);
  EXPECT_THAT(damaged.errors, HasSubstr("did not arrive whole"));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_FALSE(std::filesystem::exists(file + ".part"));
  cluster_.first().answers()->journal_damaged = false;
  const CommandRun whole = cluster_.Run({"journal", "backup", file}, node);
  EXPECT_EQ(whole.exit_code, kDone) << whole.errors;
  EXPECT_EQ(std::filesystem::file_size(file), journal.size());
  EXPECT_THAT(whole.errors, HasSubstr("100 %"));
  EXPECT_EQ(cluster_.Run({"journal", "backup", file}, node).exit_code, kFailed) << "it is there already";
  EXPECT_EQ(cluster_.Run({"journal", "backup", file}).exit_code, kUsage) << "of two nodes";
}

TEST_F(NodesTest, UploadBreaksOff_IsBegunAgainAndArrivesOnce) {
  std::string package(3'000'000, 'x');
  const std::string file = cluster_.Write("m.zip", package);
  cluster_.first().answers()->broken_uploads = 1;
  const std::vector<std::string> node = {cluster_.first().node()};
  const CommandRun broken = cluster_.Run({"modules", "stage", file, "--retries", "0"}, node);
  EXPECT_EQ(broken.exit_code, kNoBroker);
  EXPECT_EQ(cluster_.first().services().package(), "");
  EXPECT_THAT(broken.errors, Not(HasSubstr("100 %")));
  cluster_.first().answers()->broken_uploads = 2;
  const CommandRun run = cluster_.Run({"modules", "stage", file}, node);
  EXPECT_EQ(run.exit_code, kDone) << run.errors;
  EXPECT_EQ(run.out, "sql_gateway 2.4.0 is staged, not signed\n");
  EXPECT_EQ(cluster_.first().services().uploads(), 3);
  EXPECT_EQ(cluster_.first().services().package(), package);
  EXPECT_THAT(run.errors, HasSubstr("upload m.zip 100 %, 2.9 MiB of 2.9 MiB"));
}

}  // namespace
}  // namespace resource_broker::brokerctl
