// What holds for every journal.
#include "broker_service/journal/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker_service/journal/memory_journal.h"
#include "broker_service/journal/sqlite_journal.h"
#include "broker_service/journal/testing/journal_writes.h"
#include "broker_service/modules/testing/installed_modules.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct InMemory {
  MemoryJournal journal;
  Journal* get() { return &journal; }
};

struct InFile {
  TemporaryFolder folder;
  std::unique_ptr<SqliteJournal> journal = SqliteJournal::Open(folder.path() / "journal.db", {}).value();
  Journal* get() { return journal.get(); }
};

template <typename Place>
class JournalTest : public ::testing::Test {
 protected:
  Journal* journal() { return place_.get(); }

 private:
  Place place_;
};

using Places = ::testing::Types<InMemory, InFile>;
TYPED_TEST_SUITE(JournalTest, Places);

TYPED_TEST(JournalTest, EventsWithAGap_Refused) {
  Journal* journal = this->journal();
  ASSERT_TRUE(Write(journal, 1, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Write(journal, 1, {MakeEvent(3, v1::RUNNING)}, false)));
  EXPECT_TRUE(Write(journal, 1, {MakeEvent(2, v1::RUNNING)}, false).ok());
  EXPECT_TRUE(absl::IsNotFound(Write(journal, 2, {MakeEvent(1, v1::ACCEPTED)}, false)));
  EXPECT_TRUE(absl::IsInvalidArgument(Write(journal, 1, {}, false)));
}

TYPED_TEST(JournalTest, IdOfAnEndedOperation_AlreadyExistsAndNothingChanges) {
  Journal* journal = this->journal();
  ASSERT_TRUE(WriteEnded(journal, 1).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Write(journal, 1, {MakeEvent(1, v1::ACCEPTED)}, true)));
  EXPECT_EQ(journal->Find(Id(1))->events_size(), 3);
  EXPECT_EQ(journal->EndedCount(), 1U);
}

TYPED_TEST(JournalTest, Find_TellsTheSizeOfInBufferButNothingOfItsContent) {
  Journal* journal = this->journal();
  ASSERT_TRUE(Write(journal, 1, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  const auto record = journal->Find(Id(1));
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->in_buffer_bytes(), 6U);
  EXPECT_FALSE(record->operation().has_in_buffer());
  EXPECT_EQ(record->SerializeAsString().find("secret"), std::string::npos);
  EXPECT_TRUE(absl::IsNotFound(journal->Find(Id(2)).status()));
}

TYPED_TEST(JournalTest, Load_GivesPendingOnesWholeAndInOrderOfAcceptance) {
  Journal* journal = this->journal();
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(Write(journal, i, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  ASSERT_TRUE(Write(journal, 3, {MakeEvent(2, v1::SUCCEEDED)}, false).ok());
  ASSERT_TRUE(Write(journal, 1, {MakeEvent(2, v1::FAILED)}, false).ok());
  JournalWrite progress = MakeWrite(4, {MakeEvent(2, v1::PROGRESS)}, false);
  progress.module_step = 77;
  absl::Notification done;
  journal->Append(std::move(progress), [&](const absl::Status&) { done.Notify(); });
  done.WaitForNotification();
  const auto contents = journal->Load();
  ASSERT_TRUE(contents.ok()) << contents.status();
  ASSERT_THAT(contents->pending, SizeIs(2));
  EXPECT_EQ(contents->pending[0].request->id(), Id(2));
  EXPECT_EQ(contents->pending[0].request->in_buffer(), "secret");
  EXPECT_EQ(contents->pending[0].request->properties().at("Password").text(), "secret");
  EXPECT_EQ(contents->pending[1].request->id(), Id(4));
  EXPECT_THAT(contents->pending[1].events, SizeIs(2));
  EXPECT_EQ(contents->pending[1].module_step, 77U);
}

TYPED_TEST(JournalTest, ResourceRecords_AreKeptUntilTheySayNothing) {
  Journal* journal = this->journal();
  ASSERT_TRUE(SaveState(journal, {"a", v1::RESOURCE_ONLINE, v1::RESOURCE_ONLINE}).ok());
  ASSERT_TRUE(SaveLock(journal, {"a", {}, {}, true, "maintenance"}).ok());
  // Neither touches what the other wrote.
  ASSERT_TRUE(SaveState(journal, {"a", v1::RESOURCE_FAILED, v1::RESOURCE_OFFLINE}).ok());
  ASSERT_TRUE(SaveLock(journal, {"b", {}, {}, true, "why"}).ok());
  ASSERT_TRUE(SaveLock(journal, {"b"}).ok());
  ASSERT_TRUE(SaveState(journal, {"c", v1::RESOURCE_ONLINE, {}}).ok());
  ASSERT_TRUE(SaveState(journal, {"c"}).ok());
  const auto contents = journal->Load();
  ASSERT_THAT(contents->resources, SizeIs(1));
  EXPECT_EQ(contents->resources[0].resource, "a");
  EXPECT_EQ(contents->resources[0].state, v1::RESOURCE_FAILED);
  EXPECT_EQ(contents->resources[0].intended_state, v1::RESOURCE_OFFLINE);
  EXPECT_TRUE(contents->resources[0].locked);
  EXPECT_EQ(contents->resources[0].lock_reason, "maintenance");
  EXPECT_THAT(contents->pending, IsEmpty());
}

TYPED_TEST(JournalTest, FinalEvent_IsWrittenWithWhatTheResourceIs) {
  Journal* journal = this->journal();
  JournalWrite write = MakeWrite(1, {MakeEvent(1, v1::ACCEPTED), MakeEvent(2, v1::SUCCEEDED)}, true);
  write.resource = ResourceRecord{"r", v1::RESOURCE_OFFLINE, v1::RESOURCE_ONLINE};
  ASSERT_TRUE(Write(journal, std::move(write)).ok());
  const auto contents = journal->Load();
  ASSERT_THAT(contents->resources, SizeIs(1));
  EXPECT_EQ(contents->resources[0].state, v1::RESOURCE_OFFLINE);
  EXPECT_EQ(contents->resources[0].intended_state, v1::RESOURCE_ONLINE);
}

TYPED_TEST(JournalTest, HistoryOfManyWrites_IsReadWholeAndListedByItsLast) {
  Journal* journal = this->journal();
  const std::vector<std::vector<v1::EventKind>> writes = {
      {v1::ACCEPTED, v1::RUNNING}, {v1::PROGRESS}, {v1::PROGRESS, v1::CANCEL_REQUESTED}, {v1::PROGRESS, v1::CANCELLED}};
  std::vector<v1::EventKind> written;
  for (const auto& kinds : writes) {
    const bool first = written.empty();
    std::vector<v1::Event> events;
    for (const v1::EventKind kind : kinds) {
      written.push_back(kind);
      events.push_back(MakeEvent(written.size(), kind));
    }
    ASSERT_TRUE(Write(journal, 1, std::move(events), first).ok());
    const auto found = journal->Find(Id(1));
    ASSERT_TRUE(found.ok()) << found.status();
    std::vector<v1::EventKind> read;
    for (const v1::Event& event : found->events()) {
      read.push_back(event.kind());
      EXPECT_EQ(event.sequence(), read.size());
    }
    EXPECT_EQ(read, written);
    const auto listed = journal->List({});
    ASSERT_THAT(listed->operations(0).events(), SizeIs(1));
    EXPECT_EQ(listed->operations(0).events(0).sequence(), written.size());
  }
  EndedQuery query;
  query.up_to = 1;
  query.limit = 1;
  EXPECT_THAT(journal->Ended(query)->operations[0].record.events(), SizeIs(7));
}

TYPED_TEST(JournalTest, List_PagesThroughAllNewestFirst) {
  Journal* journal = this->journal();
  for (int i = 1; i <= 10; ++i) ASSERT_TRUE(Write(journal, i, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  ASSERT_TRUE(Write(journal, 9, {MakeEvent(2, v1::SUCCEEDED)}, false).ok());
  v1::ListOperationsRequest request;
  request.set_page_size(3);
  std::vector<std::string> ids;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = journal->List(request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& record : page->operations()) {
      ids.push_back(record.operation().id());
      EXPECT_EQ(record.events_size(), 1);
    }
    if (page->next_page_token().empty()) break;
    EXPECT_THAT(page->operations(), SizeIs(3));
    request.set_page_token(page->next_page_token());
    // One that arrives between two pages is not among the older ones.
    ASSERT_TRUE(Write(journal, 100 + pages, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  }
  std::vector<std::string> expected;
  for (int i = 10; i >= 1; --i) expected.push_back(Id(i));
  EXPECT_EQ(ids, expected);
}

TYPED_TEST(JournalTest, List_ObeysItsFilters) {
  Journal* journal = this->journal();
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(Write(journal, i, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  ASSERT_TRUE(Write(journal, 4, {MakeEvent(2, v1::SUCCEEDED)}, false).ok());
  v1::ListOperationsRequest request;
  request.set_resource("r0");
  EXPECT_THAT(journal->List(request)->operations(), SizeIs(2));
  request.set_pending_only(true);
  ASSERT_THAT(journal->List(request)->operations(), SizeIs(1));
  EXPECT_EQ(journal->List(request)->operations(0).operation().id(), Id(2));
  request.set_page_token("nonsense");
  EXPECT_TRUE(absl::IsInvalidArgument(journal->List(request).status()));
}

v1::Event EventAt(uint64_t sequence, v1::EventKind kind, int64_t unix_us) {
  v1::Event event = MakeEvent(sequence, kind);
  event.set_time_unix_us(unix_us);
  return event;
}

// An operation that was accepted at `number` seconds; of module m<number % 3>, towards "Node<number % 2>".
JournalWrite Described(int number, std::vector<v1::Event> events) {
  JournalWrite write = MakeWrite(number, std::move(events), true);
  auto request = std::make_shared<v1::OperationRequest>(*write.request);
  request->set_module(absl::StrCat("m", number % 3));
  request->set_kind(number % 2 == 0 ? v1::OFFLINE : v1::ONLINE);
  if (number % 2 == 0) request->set_destination_node(absl::StrCat("Node", number % 4));
  write.request = std::move(request);
  return write;
}

template <typename Records>
std::vector<std::string> IdsOf(const Records& records) {
  std::vector<std::string> ids;
  for (const v1::OperationRecord& record : records) ids.push_back(record.operation().id());
  return ids;
}

TYPED_TEST(JournalTest, List_FiltersByAllThatIsAskedTogether) {
  Journal* journal = this->journal();
  for (int i = 1; i <= 12; ++i) {
    ASSERT_TRUE(Write(journal, Described(i, {EventAt(1, v1::ACCEPTED, i * 1000000)})).ok());
  }
  ASSERT_TRUE(Write(journal, 3, {EventAt(2, v1::QUEUED, 20000000)}, false).ok());
  ASSERT_TRUE(Write(journal, 6, {EventAt(2, v1::RUNNING, 20000000), EventAt(3, v1::FAILED, 21000000)}, false).ok());
  ASSERT_TRUE(Write(journal, 9, {EventAt(2, v1::SUCCEEDED, 21000000)}, false).ok());
  v1::ListOperationsRequest request;
  request.set_module("m0");
  EXPECT_THAT(IdsOf(journal->List(request)->operations()), ElementsAre(Id(12), Id(9), Id(6), Id(3)));
  request.add_last_events(v1::FAILED);
  request.add_last_events(v1::QUEUED);
  EXPECT_THAT(IdsOf(journal->List(request)->operations()), ElementsAre(Id(6), Id(3)));
  request.set_kind(v1::OFFLINE);
  EXPECT_THAT(IdsOf(journal->List(request)->operations()), ElementsAre(Id(6)));
  request = {};
  request.set_accepted_from_unix_us(4000000);
  request.set_accepted_before_unix_us(7000000);
  EXPECT_THAT(IdsOf(journal->List(request)->operations()), ElementsAre(Id(6), Id(5), Id(4)));
  request.set_page_size(2);
  const auto page = journal->List(request);
  request.set_page_token(page->next_page_token());
  EXPECT_THAT(IdsOf(journal->List(request)->operations()), ElementsAre(Id(4)));
  request = {};
  request.set_destination_node("nodE2");
  EXPECT_THAT(IdsOf(journal->List(request)->operations()), ElementsAre(Id(10), Id(6), Id(2)));
  request.set_pending_only(true);
  EXPECT_THAT(IdsOf(journal->List(request)->operations()), ElementsAre(Id(10), Id(2)));
}

TYPED_TEST(JournalTest, Ended_ReadsWholeHistoriesInTheOrderOfTheirEnds) {
  Journal* journal = this->journal();
  EXPECT_EQ(journal->LastEnd(), 0U);
  for (int i = 1; i <= 6; ++i) {
    ASSERT_TRUE(Write(journal, Described(i, {EventAt(1, v1::ACCEPTED, i * 1000000)})).ok());
  }
  for (const int i : {5, 2, 4, 1}) {
    ASSERT_TRUE(Write(journal, i, {EventAt(2, v1::SUCCEEDED, 10000000 + i)}, false).ok());
  }
  EXPECT_EQ(journal->LastEnd(), 4U);
  EndedQuery query;
  query.up_to = 4;
  query.from_unix_us = 10000002;  // 1 ended earlier, by the clock
  query.limit = 2;
  std::vector<std::string> ids;
  while (query.after < query.up_to) {
    const auto page = journal->Ended(query);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const EndedPage::Operation& operation : page->operations) {
      ids.push_back(operation.record.operation().id());
      EXPECT_EQ(operation.record.events_size(), 2);
      EXPECT_FALSE(operation.record.operation().has_in_buffer());
    }
    ASSERT_GT(page->last, query.after);
    query.after = page->last;
  }
  EXPECT_THAT(ids, ElementsAre(Id(5), Id(2), Id(4)));
  query.after = 0;
  query.limit = 10;
  query.resource = "r0";
  EXPECT_THAT(journal->Ended(query)->operations, SizeIs(2));
  query.up_to = 1;
  EXPECT_THAT(journal->Ended(query)->operations, IsEmpty());
}

TYPED_TEST(JournalTest, Pause_IsKeptUntilItIsTakenBack) {
  Journal* journal = this->journal();
  ASSERT_TRUE(SavePause(journal, {true, "night", 5}).ok());
  ASSERT_TRUE(SavePause(journal, {true, "longer night", 6}).ok());
  const auto paused = journal->Load();
  EXPECT_TRUE(paused->pause.paused);
  EXPECT_EQ(paused->pause.reason, "longer night");
  EXPECT_EQ(paused->pause.since_unix_us, 6);
  ASSERT_TRUE(SavePause(journal, {}).ok());
  EXPECT_FALSE(journal->Load()->pause.paused);
}

}  // namespace
}  // namespace resource_broker::broker::testing
