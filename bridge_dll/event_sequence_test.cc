#include "bridge_dll/event_sequence.h"

#include <gtest/gtest.h>

namespace resource_broker::bridge {
namespace {

v1::Event Event(uint64_t sequence) {
  v1::Event event;
  event.set_sequence(sequence);
  return event;
}

std::vector<uint64_t> Numbers(const std::vector<v1::Event>& events) {
  std::vector<uint64_t> numbers;
  numbers.reserve(events.size());
  for (const v1::Event& event : events) numbers.push_back(event.sequence());
  return numbers;
}

using List = std::vector<uint64_t>;

TEST(EventSequence, EventsInOrder_ComeThrough) {
  EventSequence events;
  EXPECT_EQ(Numbers(events.Answered(0, {Event(1), Event(2)})), (List{1, 2}));
  EXPECT_EQ(Numbers(events.Watched(Event(3))), (List{3}));
  EXPECT_EQ(events.last(), 3U);
  EXPECT_FALSE(events.incomplete());
}

TEST(EventSequence, EventsTwice_ComeThroughOnce) {
  EventSequence events;
  events.Answered(0, {Event(1), Event(2)});
  EXPECT_TRUE(events.Watched(Event(2)).empty());
  EXPECT_TRUE(events.Answered(1, {Event(2)}).empty());
}

TEST(EventSequence, EventThatOvertookTheAnswer_WaitsForIt) {
  EventSequence events;
  EXPECT_TRUE(events.Watched(Event(2)).empty());
  EXPECT_TRUE(events.incomplete());
  EXPECT_EQ(Numbers(events.Answered(0, {Event(1)})), (List{1, 2}));
  EXPECT_FALSE(events.incomplete());
}

TEST(EventSequence, GapThatTheAnswerDoesNotFill_StaysIncomplete) {
  EventSequence events;
  events.Watched(Event(5));
  EXPECT_EQ(Numbers(events.Answered(0, {Event(1)})), (List{1}));
  EXPECT_TRUE(events.incomplete());
  EXPECT_EQ(Numbers(events.Answered(1, {Event(2), Event(3), Event(4)})), (List{2, 3, 4, 5}));
}

TEST(EventSequence, TooManyWaiting_AreAskedForAgain) {
  EventSequence events;
  for (uint64_t sequence = 2; sequence < 1000; ++sequence) EXPECT_TRUE(events.Watched(Event(sequence)).empty());
  std::vector<v1::Event> all;
  for (uint64_t sequence = 1; sequence < 1000; ++sequence) all.push_back(Event(sequence));
  EXPECT_EQ(events.Answered(0, all).size(), 999U);
  EXPECT_FALSE(events.incomplete());
}

TEST(EventSequence, HistoryThatBeginsAnew_IsTaken) {
  EventSequence events;
  events.Answered(0, {Event(1), Event(2), Event(3)});
  EXPECT_EQ(Numbers(events.Answered(3, {Event(1), Event(2)})), (List{1, 2}));
  EXPECT_EQ(events.last(), 2U);
}

}  // namespace
}  // namespace resource_broker::bridge
