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

}  // namespace
}  // namespace resource_broker::broker::testing
