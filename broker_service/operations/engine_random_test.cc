// The engine's promises under a seeded random series of calls, answers and faults.
#include <algorithm>
#include <random>
#include <set>

#include "broker_service/operations/testing/engine_fixture.h"

namespace resource_broker::broker::testing {
namespace {

class EngineRandomTest : public EngineTest, public ::testing::WithParamInterface<int> {
 protected:
  std::string AnyResource() { return absl::StrCat("r", random_() % kResources); }

  void StartOne() {
    const int number = ++last_;
    const auto kind = random_() % 2 == 0 ? v1::ONLINE : v1::OFFLINE;
    const std::string resource = AnyResource();
    const auto flags = static_cast<uint32_t>(random_() % 128);
    if (kind == v1::OFFLINE && random_() % 2 == 0) {
      OfflineTo(number, resource, absl::StrCat("node", random_() % 2), flags);
    } else {
      Start(number, kind, resource, flags);
    }
  }

  // Some module answers something, for a run that has not ended.
  void Answer() {
    std::vector<size_t> live;
    for (size_t i = 0; i < gateway_.runs.size(); ++i) {
      if (ended_runs_.count(i) == 0) live.push_back(i);
    }
    if (live.empty()) return;
    const size_t run = live[random_() % live.size()];
    switch (random_() % 8) {
      case 0:
      case 1:
        gateway_.Progress(run, static_cast<uint32_t>(random_() % 100));
        return;
      case 2:
        gateway_.Lose(run, 1067);
        break;
      case 3:
        gateway_.End(run, v1::NOT_NOW);
        break;
      case 4:
        gateway_.End(run, v1::OUTCOME_FAILED, 1053);
        break;
      case 5:
        gateway_.NotRun(run, 126, "gone");
        break;
      default:
        gateway_.End(run, v1::DONE);
    }
    ended_runs_.insert(run);
  }

  void Step() {
    switch (random_() % 13) {
      case 0:
      case 1:
      case 2:
        StartOne();
        return;
      case 3:
        engine_->Cancel(Id(static_cast<int>(random_() % (last_ + 1))), 0).IgnoreError();
        return;
      case 4:
        ++terminates_asked_;
        engine_->Terminate(AnyResource(), "Terminate", [this] { ++terminates_answered_; });
        return;
      case 5:
        Lock(AnyResource(), random_() % 2 == 0);
        return;
      case 6:
        time_.Advance(absl::Milliseconds(random_() % 20000));
        return;
      case 7:
        if (journal_.held() > 0) journal_.Commit();
        return;
      case 8:
        AnswerTermination();
        return;
      case 9:
        EXPECT_TRUE(AdminLock(AnyResource(), random_() % 2 == 0).ok());
        return;
      default:
        Answer();
    }
  }

  void AnswerTermination() {
    if (answered_terminations_ == gateway_.terminations.size()) return;
    gateway_.terminations[answered_terminations_++].done(random_() % 2 == 0 ? absl::OkStatus()
                                                                            : absl::DeadlineExceededError("late"));
  }

  // Nothing new is asked, and everybody answers.
  void Settle() {
    for (int round = 0; round < 500; ++round) {
      while (journal_.held() > 0) journal_.Commit();
      for (int i = 0; i < kResources; ++i) {
        Lock(absl::StrCat("r", i), false);
        EXPECT_TRUE(AdminLock(absl::StrCat("r", i), false).ok());
      }
      for (size_t run = 0; run < gateway_.runs.size(); ++run) {
        if (ended_runs_.insert(run).second) gateway_.End(run, v1::DONE);
      }
      while (answered_terminations_ < gateway_.terminations.size()) AnswerTermination();
      time_.Advance(absl::Seconds(31));
    }
  }

  static constexpr int kResources = 5;
  std::mt19937 random_{static_cast<uint32_t>(GetParam())};
  int last_ = 0;
  std::set<size_t> ended_runs_;
  size_t answered_terminations_ = 0;
  int terminates_asked_ = 0;
  int terminates_answered_ = 0;
};

TEST_P(EngineRandomTest, WhateverHappens_EveryOperationEndsOnceAndItsEventsHaveNoGap) {
  options_.running = {3, 3, 1};
  gateway_.idempotent = GetParam() % 2 == 0;
  Restart();
  for (int i = 0; i < kResources; ++i) Open(absl::StrCat("r", i));
  journal_.hold = true;
  for (int i = 0; i < 1500; ++i) Step();
  Settle();

  EXPECT_EQ(terminates_answered_, terminates_asked_);
  EXPECT_EQ(engine_->Counts().queued, 0U);
  EXPECT_EQ(engine_->Counts().running, 0U);
  for (int number = 1; number <= last_; ++number) {
    const std::vector<v1::Event> seen = Seen(number);
    ASSERT_FALSE(seen.empty()) << number;
    for (size_t i = 0; i < seen.size(); ++i) {
      EXPECT_EQ(seen[i].sequence(), i + 1);
      EXPECT_EQ(IsFinal(seen[i].kind()), i + 1 == seen.size());
      EXPECT_EQ(seen[i].has_final(), i + 1 == seen.size());
      if (i > 0) {
        EXPECT_GE(seen[i].checkpoint(), seen[i - 1].checkpoint());
      }
    }
    EXPECT_EQ(seen.front().kind(), v1::ACCEPTED);
    EXPECT_EQ(seen.back().final().win32_code() == 0, seen.back().kind() == v1::SUCCEEDED);
    const auto record = journal_.Find(Id(number));
    ASSERT_TRUE(record.ok());
    EXPECT_EQ(static_cast<size_t>(record->events_size()), seen.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, EngineRandomTest, ::testing::Range(1, 41));

}  // namespace
}  // namespace resource_broker::broker::testing
