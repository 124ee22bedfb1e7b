#include "clients/names/explanations.h"

#include <cstdint>
#include <set>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/names/names.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace resource_broker::names {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> NamesOf(const std::vector<Explanation>& explanations) {
  std::vector<std::string> names;
  for (const Explanation& explanation : explanations)
    names.push_back(absl::StrCat(explanation.kind, " ", explanation.name));
  return names;
}

TEST(ExplanationsTest, TheSameCodeInEveryWayItIsWritten_IsTheSame) {
  for (const char* text : {"5960", "0x80071748", "-2147018936", "2147948360", "ERROR_CLUSTER_RESOURCE_LOCKED_STATUS",
                           "cluster_resource_locked_status"}) {
    EXPECT_THAT(NamesOf(Explain(text)), ElementsAre("win32 ERROR_CLUSTER_RESOURCE_LOCKED_STATUS")) << text;
  }
}

TEST(ExplanationsTest, HexadecimalNumber_IsAlsoTheBitsOfFlags) {
  EXPECT_THAT(NamesOf(Explain("0x24")),
              ElementsAre("offline flag QUEUE_ENABLED", "offline flag IGNORE_NETWORK_CONNECTIVITY",
                          "status flag OFFLINE_DESTINATION_THROTTLED", "status flag INSUFFICIENT_PROCESSOR"));
}

TEST(ExplanationsTest, NameOfSeveralKinds_IsExplainedInEach) {
  EXPECT_THAT(NamesOf(Explain("ignore_resource_status")),
              ElementsAre("offline flag IGNORE_RESOURCE_STATUS", "online flag IGNORE_RESOURCE_STATUS"));
  EXPECT_THAT(NamesOf(Explain("Failed")), ElementsAre("event FAILED", "resource state Failed", "exit code failed"));
}

TEST(ExplanationsTest, SeveralFlagsAtOnce_AreExplainedInTheirOrder) {
  EXPECT_THAT(NamesOf(Explain("QUEUE_ENABLED|DUMP_NOW")),
              ElementsAre("offline flag QUEUE_ENABLED", "status flag DUMP_NOW"));
}

TEST(ExplanationsTest, UnknownThings_AreNothing) {
  for (const char* text : {"", "|", "123456", "0x", "banana", "99999999999"})
    EXPECT_TRUE(Explain(text).empty()) << text;
}

TEST(ExplanationsTest, EveryFlagWithAName_IsExplained) {
  const std::pair<FlagSet, const char*> kSets[] = {{FlagSet::kOpen, "open flag"},
                                                   {FlagSet::kOnline, "online flag"},
                                                   {FlagSet::kOffline, "offline flag"},
                                                   {FlagSet::kStatus, "status flag"}};
  for (const auto& [set, kind] : kSets) {
    for (int bit = 0; bit < 32; ++bit) {
      const uint32_t flag = uint32_t{1} << bit;
      const std::string name = FormatFlags(set, flag);
      if (absl::StartsWith(name, "0x")) continue;
      const std::vector<std::string> explained = NamesOf(Explain(name));
      EXPECT_THAT(explained, ::testing::Contains(absl::StrCat(kind, " ", name)));
    }
  }
}

TEST(ExplanationsTest, EveryEntry_HasWordsThatAreASentenceAndIsThereOnce) {
  std::set<std::tuple<absl::string_view, uint32_t>> seen;
  for (const Explanation& explanation : AllExplanations()) {
    EXPECT_TRUE(absl::EndsWith(explanation.words, ".")) << explanation.name;
    EXPECT_TRUE(seen.insert({explanation.kind, explanation.number}).second) << explanation.name;
  }
  EXPECT_THAT(std::string(Explain("5960")[0].advice), HasSubstr("QUEUE_ENABLED"));
}

}  // namespace
}  // namespace resource_broker::names
