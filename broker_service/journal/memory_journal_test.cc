#include "broker_service/journal/memory_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

v1::Event MakeEvent(uint64_t sequence, v1::EventKind kind) {
  v1::Event event;
  event.set_sequence(sequence);
  event.set_kind(kind);
  return event;
}

std::string Id(int number) { return absl::StrCat("0123456789", 100000 + number); }

absl::Status Write(MemoryJournal* journal, int number, std::vector<v1::Event> events, bool first) {
  JournalWrite write;
  write.operation_id = Id(number);
  if (first) {
    auto request = std::make_shared<v1::OperationRequest>();
    request->set_id(Id(number));
    request->set_resource(absl::StrCat("r", number % 2));
    request->set_in_buffer("secret");
    (*request->mutable_properties())["Password"].set_text("secret");
    write.request = request;
  }
  write.events = std::move(events);
  absl::Status result = absl::UnknownError("not called");
  journal->Append(std::move(write), [&](absl::Status status) { result = std::move(status); });
  return result;
}

TEST(MemoryJournalTest, EventsWithAGap_Refused) {
  MemoryJournal journal;
  ASSERT_TRUE(Write(&journal, 1, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Write(&journal, 1, {MakeEvent(3, v1::RUNNING)}, false)));
  EXPECT_TRUE(Write(&journal, 1, {MakeEvent(2, v1::RUNNING)}, false).ok());
  EXPECT_TRUE(absl::IsNotFound(Write(&journal, 2, {MakeEvent(1, v1::ACCEPTED)}, false)));
}

TEST(MemoryJournalTest, Find_TellsTheSizeOfInBufferButNothingOfItsContent) {
  MemoryJournal journal;
  ASSERT_TRUE(Write(&journal, 1, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  const auto record = journal.Find(Id(1));
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->in_buffer_bytes(), 6U);
  EXPECT_FALSE(record->operation().has_in_buffer());
  EXPECT_EQ(record->SerializeAsString().find("secret"), std::string::npos);
  EXPECT_TRUE(absl::IsNotFound(journal.Find(Id(2)).status()));
}

TEST(MemoryJournalTest, Load_GivesPendingInOrderOfAcceptanceAndEndedInOrderOfEnd) {
  MemoryJournal journal;
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(Write(&journal, i, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  ASSERT_TRUE(Write(&journal, 3, {MakeEvent(2, v1::SUCCEEDED)}, false).ok());
  ASSERT_TRUE(Write(&journal, 1, {MakeEvent(2, v1::FAILED)}, false).ok());
  const auto contents = journal.Load();
  ASSERT_TRUE(contents.ok());
  ASSERT_THAT(contents->pending, SizeIs(2));
  EXPECT_EQ(contents->pending[0].request->id(), Id(2));
  EXPECT_EQ(contents->pending[0].request->in_buffer(), "secret");
  EXPECT_EQ(contents->pending[1].request->id(), Id(4));
  EXPECT_THAT(contents->ended, ElementsAre(Id(3), Id(1)));
}

TEST(MemoryJournalTest, Forget_DropsEndedOnesOnly) {
  MemoryJournal journal;
  ASSERT_TRUE(Write(&journal, 1, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  ASSERT_TRUE(Write(&journal, 2, {MakeEvent(1, v1::ACCEPTED), MakeEvent(2, v1::SUCCEEDED)}, true).ok());
  journal.Forget({Id(1), Id(2), Id(3)});
  EXPECT_TRUE(journal.Find(Id(1)).ok());
  EXPECT_FALSE(journal.Find(Id(2)).ok());
}

TEST(MemoryJournalTest, List_PagesThroughAllNewestFirst) {
  MemoryJournal journal;
  for (int i = 1; i <= 10; ++i) ASSERT_TRUE(Write(&journal, i, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  ASSERT_TRUE(Write(&journal, 9, {MakeEvent(2, v1::SUCCEEDED)}, false).ok());
  v1::ListOperationsRequest request;
  request.set_page_size(3);
  std::vector<std::string> ids;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = journal.List(request);
    ASSERT_TRUE(page.ok());
    for (const auto& record : page->operations()) ids.push_back(record.operation().id());
    if (page->next_page_token().empty()) break;
    EXPECT_THAT(page->operations(), SizeIs(3));
    request.set_page_token(page->next_page_token());
    // One that arrives between two pages is not among the older ones.
    Write(&journal, 100 + pages, {MakeEvent(1, v1::ACCEPTED)}, true).IgnoreError();
  }
  std::vector<std::string> expected;
  for (int i = 10; i >= 1; --i) expected.push_back(Id(i));
  EXPECT_EQ(ids, expected);
}

TEST(MemoryJournalTest, List_ObeysItsFilters) {
  MemoryJournal journal;
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(Write(&journal, i, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  ASSERT_TRUE(Write(&journal, 4, {MakeEvent(2, v1::SUCCEEDED)}, false).ok());
  v1::ListOperationsRequest request;
  request.set_resource("r0");
  EXPECT_THAT(journal.List(request)->operations(), SizeIs(2));
  request.set_pending_only(true);
  ASSERT_THAT(journal.List(request)->operations(), SizeIs(1));
  EXPECT_EQ(journal.List(request)->operations(0).operation().id(), Id(2));
  request.set_page_token("nonsense");
  EXPECT_TRUE(absl::IsInvalidArgument(journal.List(request).status()));
}

}  // namespace
}  // namespace resource_broker::broker
