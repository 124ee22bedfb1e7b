#include "broker_service/events/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "absl/synchronization/notification.h"

namespace resource_broker::broker {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What a sink was given, which is to outlive it.
struct Written {
  absl::Mutex mu;
  std::vector<std::string> texts ABSL_GUARDED_BY(mu);
};

class RecordingSink : public EventSink {
 public:
  explicit RecordingSink(Written* written, absl::Notification* gate = nullptr) : written_(written), gate_(gate) {}
  void Write(const EventInfo& event, absl::Span<const std::string> inserts) override {
    if (gate_ != nullptr) gate_->WaitForNotification();
    absl::MutexLock lock(&written_->mu);
    written_->texts.push_back(absl::StrCat(event.name, ": ", TextOf(event, inserts)));
  }

 private:
  Written* const written_;
  absl::Notification* const gate_;
};

class EventLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = spdlog::default_logger();
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_)));
    spdlog::default_logger()->set_pattern("%l %v");
  }
  void TearDown() override {
    log_.Close();
    spdlog::set_default_logger(before_);
  }
  void Open(uint32_t max_per_minute, absl::Notification* gate = nullptr) {
    log_.Open(std::make_unique<RecordingSink>(&written_, gate), max_per_minute);
  }
  std::vector<std::string> Texts() {
    absl::MutexLock lock(&written_.mu);
    return written_.texts;
  }

  std::shared_ptr<spdlog::logger> before_;
  std::ostringstream lines_;
  Written written_;
  EventLog log_{[] { return absl::Seconds(100); }};
};

TEST_F(EventLogTest, EventRaised_IsALineWithItsIdAndWhatToDoAndReachesTheSystem) {
  Open(10);
  log_.Raise(EventId::kModuleFailed, {"m 1.0.0", "it crashed"});
  log_.Flush(absl::InfiniteDuration());
  EXPECT_THAT(Texts(), ElementsAre("ModuleFailed: module m 1.0.0 failed: it crashed"));
  EXPECT_THAT(lines_.str(),
              AllOf(HasSubstr("warning event=1200 name=ModuleFailed module m 1.0.0 failed: it crashed What to do: "),
                    HasSubstr("brokerctl modules logs")));
}

TEST_F(EventLogTest, NothingOpened_TheLineIsThereAllTheSame) {
  log_.Raise(EventId::kQueueResumed, {});
  EXPECT_THAT(lines_.str(),
              AllOf(HasSubstr("info event=1401 name=QueueResumed The queue goes on."), Not(HasSubstr("What to do"))));
  log_.Flush(absl::InfiniteDuration());
}

TEST_F(EventLogTest, MoreWithinAMinuteThanAreShown_AreCountedAndToldInOne) {
  Open(2);
  for (int i = 0; i < 5; ++i) log_.Raise(EventId::kSlowStep, {absl::StrCat("step ", i)});
  log_.Raise(EventId::kQueueResumed, {});
  log_.Close();
  EXPECT_THAT(Texts(), ElementsAre(HasSubstr("step 0"), HasSubstr("step 1"), HasSubstr("QueueResumed"),
                                   "EventsLeftOut: 3 more events SlowStep (1008) came within a minute and were left "
                                   "out."));
  EXPECT_THAT(lines_.str(),
              AllOf(HasSubstr("event=1008 name=SlowStep Longer than"),
                    HasSubstr("warning Longer than timeouts.slowStepMs: step 4"), HasSubstr("event=1900")));
}

TEST_F(EventLogTest, SystemsLogHangs_NobodyWaitsAndWhatFindsNoRoomIsCounted) {
  absl::Notification gate;
  Open(100000, &gate);
  for (size_t i = 0; i < EventLog::kMaxQueued + 50; ++i) log_.Raise(EventId::kQueueResumed, {});
  log_.Flush(absl::Milliseconds(1));
  gate.Notify();
  log_.Close();
  const std::vector<std::string> texts = Texts();
  EXPECT_GE(texts.size(), EventLog::kMaxQueued);
  // Those the thread had taken already made room.
  EXPECT_LE(texts.size(), 2 * EventLog::kMaxQueued + 1);
  if (texts.size() < EventLog::kMaxQueued + 50) {
    EXPECT_THAT(texts.back(), HasSubstr("EventsLeftOut"));
  }
}

TEST(EventRatesTest, MinuteIsOver_WhatWasLeftOutIsTakenOnceAndTheNextIsShown) {
  EventRates rates(1);
  EXPECT_TRUE(rates.Admit(EventId::kSlowStep, absl::Seconds(1)));
  EXPECT_EQ(rates.due(), absl::InfiniteDuration());
  EXPECT_FALSE(rates.Admit(EventId::kSlowStep, absl::Seconds(2)));
  EXPECT_FALSE(rates.Admit(EventId::kSlowStep, absl::Seconds(60)));
  EXPECT_TRUE(rates.Admit(EventId::kQueueResumed, absl::Seconds(60)));
  EXPECT_EQ(rates.due(), absl::Seconds(61));
  EXPECT_THAT(rates.Take(absl::Seconds(60)), IsEmpty());
  const auto taken = rates.Take(absl::Seconds(61));
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].id, EventId::kSlowStep);
  EXPECT_EQ(taken[0].count, 2U);
  EXPECT_THAT(rates.Take(absl::Seconds(200)), IsEmpty());
  EXPECT_TRUE(rates.Admit(EventId::kSlowStep, absl::Seconds(61)));
  EXPECT_FALSE(rates.Admit(EventId::kSlowStep, absl::Seconds(62)));
}

}  // namespace
}  // namespace resource_broker::broker
