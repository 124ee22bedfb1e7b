// What is printed for two nodes, byte by byte; see testing/golden/README.md.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_split.h"
#include "clients/brokerctl/testing/cluster.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace resource_broker::brokerctl {
namespace {

struct Case {
  const char* file;
  const char* line;
  int exit_code = 0;
};

constexpr Case kCases[] = {
    {"status.txt", "status"},
    {"status.json", "status -o json"},
    {"sessions.txt", "sessions"},
    {"resources_list.txt", "resources list"},
    {"resources_list_failed.txt", "resources list --state failed --locked"},
    {"resources_list.json", "resources list -o json"},
    {"resources_list.yaml", "resources list -o yaml"},
    {"resources_list.jsonl", "resources list -o jsonl"},
    {"resources_list_coloured.txt", "resources list --color always"},
    {"resources_get.txt", "resources get диск"},
    {"operations_list.txt", "operations list"},
    {"operations_list_wide.txt", "operations list -o wide --state refused"},
    {"operations_list.json", "operations list -o json --limit 1"},
    {"operations_get.txt", "operations get 10"},
    {"modules_list.txt", "modules list"},
    {"modules_list.json", "modules list -o json"},
    {"modules_activate.txt", "modules activate sql_gateway 2.3.0"},
    {"modules_rollback.txt", "modules rollback sql_gateway"},
    {"modules_drain.txt", "modules drain sql_gateway"},
    {"modules_remove.txt", "modules remove sql_gateway 1.0.0"},
    {"queue_status.txt", "queue status"},
    {"queue_pause.txt", "queue pause --reason storage"},
    {"queue_limits.txt", "queue limits --running 5 --per-module 4 --per-destination 3"},
    {"config_show.txt", "config show"},
    {"config_reload.txt", "config reload", 1},
    {"audit.txt", "audit"},
    {"audit_wide.txt", "audit -o wide"},
    {"audit.json", "audit -o json"},
    {"diag.txt", "diag"},
    {"diag.json", "diag -o json"},
};

class GoldenTest : public ::testing::TestWithParam<Case> {};

TEST_P(GoldenTest, TwoNodes_PrintWhatTheFileHolds) {
  Cluster cluster;
  const CommandRun run = cluster.Run(absl::StrSplit(GetParam().line, ' '));
  EXPECT_EQ(run.exit_code, GetParam().exit_code) << run.errors;
  EXPECT_EQ(run.errors, "");
  const std::filesystem::path file = std::filesystem::path(BROKERCTL_GOLDEN) / GetParam().file;
  if (std::getenv("RENEW_GOLDEN") != nullptr) {
    std::ofstream(file, std::ios::binary) << run.out;
    return;
  }
  std::ifstream stream(file, std::ios::binary);
  ASSERT_TRUE(stream) << file;
  EXPECT_EQ(run.out, std::string(std::istreambuf_iterator<char>(stream), {}));
}

INSTANTIATE_TEST_SUITE_P(Commands, GoldenTest, ::testing::ValuesIn(kCases), [](const auto& info) {
  std::string name = info.param.file;
  for (char& character : name) character = character == '.' ? '_' : character;
  return name;
});

}  // namespace
}  // namespace resource_broker::brokerctl
