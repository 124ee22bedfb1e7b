#include "clients/brokerctl/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace resource_broker::brokerctl {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class ProgressTest : public ::testing::Test {
 protected:
  absl::Time now_ = absl::UnixEpoch();
  std::ostringstream out_;
  ProgressBoard::Clock clock_ = [this] { return now_; };
};

TEST_F(ProgressTest, NotATerminal_ALineEveryTenPercentWithRateAndTimeLeft) {
  ProgressBoard board(&out_, /*terminal=*/false, {"n1"}, clock_);
  Progress progress = board.Of(0);
  progress.Begin("upload", 100 << 20);
  for (int mib = 1; mib <= 100; ++mib) {
    now_ += absl::Milliseconds(100);
    progress.Done(static_cast<uint64_t>(mib) << 20);
  }
  EXPECT_THAT(out_.str(), HasSubstr("upload  10 %, 10.0 MiB of 100.0 MiB, 10.0 MiB/s, 9 s left\n"));
  EXPECT_THAT(out_.str(), EndsWith("upload 100 %, 100.0 MiB of 100.0 MiB, 10.0 MiB/s\n"));
  const std::string text = out_.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
}

TEST_F(ProgressTest, MoreThanAllOrLessThanBefore_IsNeverShown) {
  ProgressBoard board(&out_, /*terminal=*/false, {"n1"}, clock_);
  Progress progress = board.Of(0);
  progress.Begin("upload", 1000);
  progress.Done(999);
  EXPECT_THAT(out_.str(), Not(HasSubstr("100 %"))) << "99.9 is not done";
  progress.Done(500);
  progress.Done(5000);
  EXPECT_THAT(out_.str(), HasSubstr("100 %, 1.0 KiB of 1.0 KiB"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("50 %")));
}

TEST_F(ProgressTest, BegunAgain_BeginsAtNothing) {
  ProgressBoard board(&out_, /*terminal=*/false, {"n1"}, clock_);
  Progress progress = board.Of(0);
  progress.Begin("upload", 100);
  progress.Done(55);
  progress.Begin("upload", 100);
  progress.Done(10);
  EXPECT_THAT(out_.str(), EndsWith("upload  10 %, 0.0 KiB of 0.1 KiB\n"));
}

TEST_F(ProgressTest, TwoNodesAtATerminal_AreDrawnInTheirPlaces) {
  ProgressBoard board(&out_, /*terminal=*/true, {"n1", "n2"}, clock_);
  Progress first = board.Of(0);
  Progress second = board.Of(1);
  first.Begin("move", 4, "resources");
  second.Begin("move", 2, "resources");
  out_.str("");
  now_ += absl::Seconds(1);
  first.Done(2);
  EXPECT_EQ(
      out_.str(),
      "\x1b[2A\r\x1b[Kn1: move [############............]  50 %, 2 resources of 4 resources, 2 resources/s, 1 s left\n"
      "\r\x1b[Kn2: move [........................]   0 %, 0 resources of 2 resources\n");
  out_.str("");
  second.Done(1);
  EXPECT_EQ(out_.str(), "") << "not more often than ten times a second";
  second.Done(2);
  EXPECT_THAT(out_.str(), HasSubstr("n2: move [########################] 100 %")) << "but the end is always shown";
}

}  // namespace
}  // namespace resource_broker::brokerctl
