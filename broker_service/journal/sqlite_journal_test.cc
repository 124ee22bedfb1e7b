// What the file adds: it outlives its process, and is what it should be or says what is wrong.
#include "broker_service/journal/sqlite_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "broker_service/journal/journal_file.h"
#include "broker_service/journal/sqlite.h"
#include "broker_service/journal/testing/journal_writes.h"
#include "broker_service/journal/testing/sqlite_journal_test_base.h"
#include "broker_service/modules/testing/child.h"
#include "broker_service/modules/testing/installed_modules.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;

using ::testing::SizeIs;

namespace fs = std::filesystem;

using SqliteJournalTest = SqliteJournalTestBase;

TEST_F(SqliteJournalTest, OpenedAgain_KnowsAllOfBefore) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(WriteEnded(journal_.get(), 1).ok());
  ASSERT_TRUE(Write(journal_.get(), 2, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(journal_->Load()->pending, SizeIs(1));
  EXPECT_EQ(journal_->EndedCount(), 1U);
  EXPECT_TRUE(Write(journal_.get(), 2, {MakeEvent(2, v1::RUNNING)}, false).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Write(journal_.get(), 1, {MakeEvent(1, v1::ACCEPTED)}, true)));
  EXPECT_EQ(journal_->notice(), "");
}

TEST_F(SqliteJournalTest, ContentOfAnEndedOperation_IsNotInTheFileAnyMore) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Write(journal_.get(), 1, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  ASSERT_TRUE(Write(journal_.get(), 1, {MakeEvent(2, v1::SUCCEEDED)}, false).ok());
  ASSERT_TRUE(Write(journal_.get(), 2, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  ASSERT_TRUE(Open().ok());
  const auto contents = journal_->Load();
  ASSERT_THAT(contents->pending, SizeIs(1));
  absl::StatusOr<Database> file = Database::Open(file_, Database::Access::kRead);
  EXPECT_EQ(*file->Integer("SELECT count(*) FROM operations WHERE in_buffer IS NOT NULL"), 1);
  EXPECT_EQ(*file->Integer("SELECT count(*) FROM operations WHERE properties IS NOT NULL"), 1);
}

TEST_F(SqliteJournalTest, ManyWritesAtOnce_ShareCommits) {
  ASSERT_TRUE(Open().ok());
  Fill(1, 1000);
  EXPECT_LT(journal_->commits(), 500U);
  EXPECT_EQ(journal_->EndedCount(), 1000U);
}

TEST_F(SqliteJournalTest, MoreIsWrittenThanTheLogMayHold_ItIsMovedIntoTheFileAndBegunAnew) {
  options_.max_ended = 1000000;
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 30; ++i) Fill(1000 * i, 1000 * i + 999);
  // A log holds 4 MB and what the transaction adds that makes it so long.
  EXPECT_LT(fs::file_size(fs::path(file_).concat("-wal")), 8U << 20);
  EXPECT_GT(fs::file_size(file_), 1U << 20);
  EXPECT_EQ(journal_->EndedCount(), 30000U);
}

TEST_F(SqliteJournalTest, MoreEndedThanAreKept_TheFirstThatEndedAreForgotten) {
  options_.max_ended = 100;
  ASSERT_TRUE(Open().ok());
  const auto run = [this](int number) {
    ASSERT_TRUE(Write(journal_.get(), number, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
    ASSERT_TRUE(Write(journal_.get(), number, {MakeEvent(2, v1::RUNNING)}, false).ok());
  };
  run(1);
  run(2);
  ASSERT_TRUE(Write(journal_.get(), 2, {MakeEvent(3, v1::SUCCEEDED)}, false).ok());
  Fill(3, 301);
  // They go some at a time.
  for (int i = 400; journal_->EndedCount() > 100 && i < 500; ++i) ASSERT_TRUE(WriteEnded(journal_.get(), i).ok());
  EXPECT_EQ(journal_->EndedCount(), 100U);
  EXPECT_TRUE(absl::IsNotFound(journal_->Find(Id(2)).status()));
  EXPECT_TRUE(journal_->Find(Id(301)).ok());
  EXPECT_TRUE(journal_->Find(Id(1)).ok());
  absl::StatusOr<Database> file = Database::Open(file_, Database::Access::kRead);
  EXPECT_EQ(*file->Integer("SELECT count(*) FROM operations"), 101);
  EXPECT_EQ(*file->Integer("SELECT count(*) FROM events"), 1);
}

TEST_F(SqliteJournalTest, OlderThanTheyAreKept_Forgotten) {
  std::atomic<int> day = 100;
  options_.monotonic = [&day] { return absl::Hours(24) * day.load(); };
  ASSERT_TRUE(Open().ok());
  Fill(1, 5);
  day = 120;
  Fill(6, 10);
  journal_.reset();
  day = 7;  // the machine was started anew
  ASSERT_TRUE(Open().ok());
  day = 16;
  ASSERT_TRUE(WriteEnded(journal_.get(), 11).ok());
  EXPECT_EQ(journal_->EndedCount(), 11U);
  day = 18;
  ASSERT_TRUE(WriteEnded(journal_.get(), 12).ok());
  EXPECT_EQ(journal_->EndedCount(), 7U);
  EXPECT_TRUE(absl::IsNotFound(journal_->Find(Id(5)).status()));
  EXPECT_TRUE(journal_->Find(Id(6)).ok());
  journal_.reset();
}

TEST_F(SqliteJournalTest, ClockIsYearsAheadOfTheFile_NothingIsForgotten) {
  ASSERT_TRUE(Open().ok());
  Fill(1, 10);
  journal_.reset();
  // Unix seconds of 2001, as an earlier broker wrote them.
  ASSERT_TRUE(Database::Open(file_, Database::Access::kReadWriteCreate)
                  ->Execute("UPDATE operations SET ended_at = 1000000000 + number")
                  .ok());
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(WriteEnded(journal_.get(), 11).ok());
  EXPECT_EQ(journal_->EndedCount(), 11U);
  journal_.reset();
  absl::StatusOr<Database> file = Database::Open(file_, Database::Access::kRead);
  const int64_t last = *file->Integer("SELECT max(ended_at) FROM operations");
  EXPECT_GE(last, 1000000010);
  EXPECT_LT(last, 1000000010 + 60);
}

TEST_F(SqliteJournalTest, MoreBytesWaitThanMay_RefusedByNameAndTakenWhenThereIsRoom) {
  options_.max_backlog_bytes = 3 << 20;
  ASSERT_TRUE(Open().ok());
  const auto large = [](int number, size_t bytes) {
    JournalWrite write = MakeWrite(number, {MakeEvent(1, v1::ACCEPTED)}, true);
    auto request = std::make_shared<v1::OperationRequest>(*write.request);
    request->set_in_buffer(std::string(bytes, 'x'));
    write.request = std::move(request);
    return write;
  };
  // The writer is kept in the callback of a first write, while others come.
  absl::Notification begun, go_on;
  journal_->Append(MakeWrite(1, {MakeEvent(1, v1::ACCEPTED)}, true), [&](const absl::Status&) {
    begun.Notify();
    go_on.WaitForNotification();
  });
  begun.WaitForNotification();
  absl::BlockingCounter written(2);
  for (int i = 2; i < 4; ++i) {
    journal_->Append(large(i, 1 << 20), [&written](const absl::Status& status) {
      EXPECT_TRUE(status.ok()) << status;
      written.DecrementCount();
    });
  }
  absl::Status refused;
  journal_->Append(large(4, 1 << 20), [&refused](absl::Status status) { refused = std::move(status); });
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("limits.max_journal_backlog_bytes"));
  go_on.Notify();
  written.Wait();
  // Larger than all that may wait, and nothing else does.
  absl::Notification done;
  journal_->Append(large(5, 4 << 20), [&](const absl::Status& status) {
    EXPECT_TRUE(status.ok()) << status;
    done.Notify();
  });
  done.WaitForNotification();
}

TEST_F(SqliteJournalTest, ProcessIsKilledWhileItWrites_WhatItSaidWasDurableIsThere) {
  ASSERT_TRUE(Open().ok());
  journal_.reset();
  for (int round = 0; round < 5; ++round) {
    fs::remove_all(file_.parent_path());
    ChildOptions options;
    options.program = fs::u8path(JOURNAL_SUBJECT);
    options.arguments = {file_.u8string()};
    options.folder = folder_.path();
    Child child(options);
    child.AwaitOutput("\n50 3");
    child.process()->KillTree();
    child.AwaitEnd();
    std::map<int, uint64_t> durable;
    for (absl::string_view line : absl::StrSplit(child.Output(), '\n', absl::SkipEmpty())) {
      const std::pair<std::string, std::string> numbers = absl::StrSplit(absl::StripSuffix(line, "\r"), ' ');
      int operation = 0;
      uint64_t sequence = 0;
      if (!absl::SimpleAtoi(numbers.first, &operation) || !absl::SimpleAtoi(numbers.second, &sequence)) continue;
      durable[operation] = std::max(durable[operation], sequence);
    }
    ASSERT_GE(durable.size(), 50U);
    ASSERT_TRUE(Open().ok());
    EXPECT_EQ(journal_->notice(), "");
    for (const auto& [operation, sequence] : durable) {
      const auto record = journal_->Find(Id(operation));
      ASSERT_TRUE(record.ok()) << record.status();
      ASSERT_GE(static_cast<uint64_t>(record->events_size()), sequence);
      for (int i = 0; i < record->events_size(); ++i) {
        EXPECT_EQ(record->events(i).sequence(), static_cast<uint64_t>(i) + 1);
      }
    }
    EXPECT_TRUE(journal_->Load().ok());
    journal_.reset();
  }
}

TEST_F(SqliteJournalTest, Stopped_WhatWaitedIsWrittenAndTheRestRefused) {
  ASSERT_TRUE(Open().ok());
  std::vector<absl::Status> results(100, absl::UnknownError("not called"));
  for (int i = 0; i < 100; ++i) {
    journal_->Append(MakeWrite(i, {MakeEvent(1, v1::ACCEPTED)}, true),
                     [&results, i](absl::Status status) { results[static_cast<size_t>(i)] = std::move(status); });
  }
  journal_->Stop();
  for (const absl::Status& result : results) EXPECT_TRUE(result.ok()) << result;
  EXPECT_TRUE(absl::IsUnavailable(WriteEnded(journal_.get(), 200)));
  EXPECT_THAT(journal_->Load()->pending, SizeIs(100));
}

TEST_F(SqliteJournalTest, ClosedForTheNextBroker_WhatWaitedIsInTheFileAndThatOneMayOpenIt) {
  ASSERT_TRUE(Open().ok());
  absl::Status written = absl::UnknownError("not called");
  journal_->Append(MakeWrite(1, {MakeEvent(1, v1::ACCEPTED)}, true),
                   [&written](absl::Status status) { written = std::move(status); });
  journal_->Close();
  EXPECT_TRUE(written.ok()) << written;
  EXPECT_FALSE(fs::exists(fs::path(file_).concat("-wal")));
  EXPECT_TRUE(absl::IsUnavailable(WriteEnded(journal_.get(), 2)));
  EXPECT_TRUE(absl::IsUnavailable(journal_->Load().status()));
  EXPECT_TRUE(absl::IsUnavailable(journal_->Find(Id(1)).status()));
  EXPECT_TRUE(absl::IsUnavailable(journal_->List({}).status()));
  absl::StatusOr<std::unique_ptr<SqliteJournal>> next = SqliteJournal::Open(file_, {});
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_THAT((*next)->Load()->pending, SizeIs(1));
}

TEST_F(SqliteJournalTest, ClosedWhileTheNextBrokerWaitsForIt_ThatOneGetsIt) {
  ASSERT_TRUE(Open().ok());
  absl::StatusOr<std::unique_ptr<SqliteJournal>> next;
  JournalOptions options;
  options.file.lock_wait = absl::Seconds(60);
  std::thread waiting([&] { next = SqliteJournal::Open(file_, options); });
  journal_->Close();
  waiting.join();
  EXPECT_TRUE(next.ok()) << next.status();
}

TEST_F(SqliteJournalTest, CheckedWhileInUse_FitIsOkAndWhatIsNotSaysWhy) {
  EXPECT_TRUE(CheckJournalFile(file_).ok());
  EXPECT_FALSE(fs::exists(file_));
  ASSERT_TRUE(Open().ok());
  Fill(1, 10);
  EXPECT_TRUE(CheckJournalFile(file_).ok()) << CheckJournalFile(file_);
  EXPECT_TRUE(WriteEnded(journal_.get(), 20).ok());
  journal_.reset();
  ASSERT_TRUE(Database::Open(file_, Database::Access::kReadWriteCreate)->Execute("PRAGMA user_version = 99").ok());
  const absl::Status newer = CheckJournalFile(file_);
  EXPECT_TRUE(absl::IsFailedPrecondition(newer)) << newer;
  EXPECT_THAT(std::string(newer.message()), HasSubstr("newer broker"));
  WriteFile(file_, std::string(10000, 'x'));
  EXPECT_TRUE(absl::IsDataLoss(CheckJournalFile(file_))) << CheckJournalFile(file_);
}

TEST_F(SqliteJournalTest, InUseByAnother_RefusedAndNothingHarmed) {
  ASSERT_TRUE(Open().ok());
  const absl::Status second = SqliteJournal::Open(file_, {}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(second)) << second;
  EXPECT_THAT(std::string(second.message()), HasSubstr("another broker"));
  EXPECT_THAT(std::string(second.message()), HasSubstr("journal.db"));
  EXPECT_TRUE(WriteEnded(journal_.get(), 1).ok());
}

TEST_F(SqliteJournalTest, DamagedFile_IsMovedAsideWithANoticeAndANewOneBegun) {
  for (const char* damage : {"no database", "truncated", "overwritten", "empty"}) {
    fs::remove_all(file_.parent_path());
    ASSERT_TRUE(Open().ok());
    Fill(1, 500);
    journal_.reset();
    const std::string kind = damage;
    if (kind == "no database") {
      WriteFile(file_, std::string(10000, 'x'));
    } else if (kind == "overwritten") {
      std::fstream stream(file_, std::ios::binary | std::ios::in | std::ios::out);
      stream.seekp(8192);
      stream << std::string(20000, 'x');
    } else {
      fs::resize_file(file_, kind == "empty" ? 0 : fs::file_size(file_) / 2);
    }
    ASSERT_TRUE(Open().ok()) << damage;
    EXPECT_THAT(journal_->notice(), HasSubstr(file_.u8string())) << damage;
    EXPECT_THAT(journal_->notice(), HasSubstr(".damaged-")) << damage;
    EXPECT_EQ(journal_->EndedCount(), 0U);
    EXPECT_TRUE(WriteEnded(journal_.get(), 1).ok());
    int aside = 0;
    for (const auto& entry : fs::directory_iterator(file_.parent_path())) {
      aside += entry.path().filename().u8string().find("damaged") != std::string::npos ? 1 : 0;
    }
    EXPECT_GE(aside, 1) << damage;
    journal_.reset();
  }
}

TEST_F(SqliteJournalTest, PendingOperationIsDamagedInAWholeFile_LoadNamesTheFileAndTheRemedy) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Write(journal_.get(), 1, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  journal_.reset();
  ASSERT_TRUE(
      Database::Open(file_, Database::Access::kReadWriteCreate)->Execute("UPDATE operations SET request = x'ff'").ok());
  ASSERT_TRUE(Open().ok());
  const absl::Status status = journal_->Load().status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(file_.u8string()));
  EXPECT_THAT(std::string(status.message()), HasSubstr("move the file away"));
}

TEST_F(SqliteJournalTest, DatabaseOfAnotherProgram_RefusedAndUntouched) {
  fs::create_directories(file_.parent_path());
  Database::Open(file_, Database::Access::kReadWriteCreate)
      ->Execute("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)")
      .IgnoreError();
  const absl::Status status = Open();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("another program"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("journal.db"));
  EXPECT_EQ(*Database::Open(file_, Database::Access::kRead)->Integer("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(SqliteJournalTest, OpenedAgainAfterAnyWrite_TheNextEventFollows) {
  uint64_t sequence = 0;
  for (const v1::EventKind kind : {v1::ACCEPTED, v1::RUNNING, v1::PROGRESS, v1::SUCCEEDED}) {
    ASSERT_TRUE(Open().ok());
    if (sequence > 0) {
      EXPECT_THAT(journal_->Load()->pending[0].events, SizeIs(sequence));
      const absl::Status gap = Write(journal_.get(), 1, {MakeEvent(sequence + 2, kind)}, false);
      EXPECT_TRUE(absl::IsFailedPrecondition(gap)) << gap;
    }
    ++sequence;
    ASSERT_TRUE(Write(journal_.get(), 1, {MakeEvent(sequence, kind)}, sequence == 1).ok());
  }
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(journal_->Find(Id(1))->events(), SizeIs(4));
}

TEST_F(SqliteJournalTest, FolderCantBe_RefusedAndNamed) {
  WriteFile(folder_.path() / "data", "a file where the folder should be");
  const absl::Status status = Open();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("journal.db"));
}

TEST_F(SqliteJournalTest, HundredThousandOperations_OpenInTwoSecondsAndWriteNoSlower) {
  options_.max_ended = 1000000;
  ASSERT_TRUE(Open().ok());
  const auto time_of_one = [this](int first) {
    const absl::Time begin = absl::Now();
    for (int i = first; i < first + 100; ++i) EXPECT_TRUE(WriteEnded(journal_.get(), i).ok());
    return (absl::Now() - begin) / 100;
  };
  Fill(1, 100);
  const absl::Duration small = time_of_one(101);
  for (int i = 1001; i < 100000; i += 1000) Fill(i, i + 999);
  const absl::Duration large = time_of_one(200001);
  journal_.reset();
  const absl::Time begin = absl::Now();
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(journal_->Load().ok());
  const absl::Duration opened = absl::Now() - begin;
  std::printf("a write with 200 operations in the journal: %s, with 100,000: %s; opened and checked in %s (%d MB)\n",
              absl::FormatDuration(small).c_str(), absl::FormatDuration(large).c_str(),
              absl::FormatDuration(opened).c_str(), static_cast<int>(fs::file_size(file_) >> 20));
  EXPECT_LT(opened, absl::Seconds(2));
  // Generous, for a machine that does other things as well: a scan of it all would be a thousand times slower.
  EXPECT_LT(large, small * 10 + absl::Milliseconds(20));
}

}  // namespace
}  // namespace resource_broker::broker::testing
