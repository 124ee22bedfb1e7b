#include "resource_modules/generic_script/line_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "resource_modules/generic_script/progress_line.h"

namespace resource_broker::generic_script {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Split(const std::vector<std::string>& pieces) {
  std::vector<std::string> lines;
  LineSplitter splitter([&](absl::string_view line) { lines.emplace_back(line); });
  for (const std::string& piece : pieces) splitter.Add(piece);
  splitter.End();
  return lines;
}

TEST(LineSplitterTest, PiecesOfAnySize_MakeTheSameLines) {
  EXPECT_THAT(Split({"one\ntwo\r\n\nthree"}), ElementsAre("one", "two", "", "three"));
  EXPECT_THAT(Split({"o", "ne", "\nt", "wo\r", "\n", "\n", "three"}), ElementsAre("one", "two", "", "three"));
  EXPECT_THAT(Split({""}), ElementsAre());
}

TEST(LineSplitterTest, LongLine_IsCut) {
  EXPECT_THAT(Split({std::string(5000, 'x'), std::string(5000, 'x') + "\nnext"}),
              ElementsAre(std::string(LineSplitter::kMaxLineBytes, 'x'), "next"));
}

TEST(LineSplitterTest, Flood_IsCutOffAndSaidSoOnce) {
  std::vector<std::string> lines = Split(std::vector<std::string>(100000, std::string(99, 'x') + "\n"));
  EXPECT_EQ(lines.size(), LineSplitter::kMaxTotalBytes / 100 + 1);
  EXPECT_THAT(lines.back(), HasSubstr("left out"));
}

TEST(ProgressLineTest, WellFormedLines_AreUnderstoodAndOthersAreNot) {
  EXPECT_EQ(ParseProgress("PROGRESS 40 copying files")->percent, 40);
  EXPECT_EQ(ParseProgress("PROGRESS 40 copying files")->message, "copying files");
  EXPECT_EQ(ParseProgress("PROGRESS - busy")->percent, std::nullopt);
  EXPECT_EQ(ParseProgress("PROGRESS - busy")->message, "busy");
  EXPECT_EQ(ParseProgress("PROGRESS 100")->message, "");
  for (const char* line :
       {"", "PROGRESS", "PROGRESS ", "PROGRESS x y", "PROGRESS 101 y", "PROGRESS -1 y", "progress 1 y"}) {
    EXPECT_FALSE(ParseProgress(line).has_value()) << line;
  }
}

}  // namespace
}  // namespace resource_broker::generic_script
