// The copy of a journal in use.
#include "broker_service/journal/journal_backup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "broker_service/journal/sqlite.h"
#include "broker_service/journal/sqlite_journal.h"
#include "broker_service/journal/testing/journal_writes.h"
#include "broker_service/log.h"
#include "broker_service/modules/testing/installed_modules.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;

class JournalBackupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SetLogLevel(LogLevel::kError);
    absl::StatusOr<std::unique_ptr<SqliteJournal>> opened = SqliteJournal::Open(file_, {});
    ASSERT_TRUE(opened.ok()) << opened.status();
    journal_ = *std::move(opened);
  }

  TemporaryFolder folder_;
  const fs::path file_ = folder_.path() / "data" / "journal.db";
  std::unique_ptr<SqliteJournal> journal_;
};

TEST_F(JournalBackupTest, BackedUpWhileItIsWritten_CopyIsWholeAndHoldsAllThatEndedBefore) {
  ASSERT_EQ(WriteManyEnded(journal_.get(), 1, 3000), absl::OkStatus());
  std::atomic<bool> stop{false};
  std::atomic<int> written{0};
  std::thread writer([&] {
    for (int i = 10001; !stop; ++i) {
      EXPECT_TRUE(WriteEnded(journal_.get(), i).ok());
      ++written;
    }
  });
  while (written == 0) std::this_thread::yield();
  const uint64_t ended_before = journal_->EndedCount();
  int steps = 0;
  auto backup = JournalBackup::Take(file_, [&] {
    // The next step comes when something was written: the copy is taken under load for sure.
    const int before = written;
    while (written == before) std::this_thread::yield();
    return ++steps < 10000;
  });
  stop = true;
  writer.join();
  ASSERT_TRUE(backup.ok()) << backup.status();
  EXPECT_GT(steps, 1);
  const fs::path copy = folder_.path() / "copy.db";
  {
    std::ofstream stream(copy, std::ios::binary);
    for (std::string bytes = *(*backup)->Read(100000); !bytes.empty(); bytes = *(*backup)->Read(100000))
      stream << bytes;
  }
  EXPECT_EQ(fs::file_size(copy), (*backup)->size());
  backup->reset();
  absl::StatusOr<Database> database = Database::Open(copy, Database::Access::kRead);
  EXPECT_EQ(*database->Text("PRAGMA integrity_check"), "ok");
  EXPECT_GE(*database->Integer("SELECT count(*) FROM operations WHERE ended_number IS NOT NULL"),
            static_cast<int64_t>(ended_before));
  for (const fs::directory_entry& entry : fs::directory_iterator(file_.parent_path())) {
    EXPECT_EQ(entry.path().filename().u8string().find("backup"), std::string::npos) << entry.path();
  }
}

TEST_F(JournalBackupTest, BackupNobodyWantsAnyMore_LeavesNoFile) {
  ASSERT_EQ(WriteManyEnded(journal_.get(), 1, 3000), absl::OkStatus());
  int steps = 0;
  EXPECT_TRUE(absl::IsCancelled(JournalBackup::Take(file_, [&steps] { return ++steps < 2; }).status()));
  EXPECT_EQ(steps, 2);
  EXPECT_FALSE(fs::exists(file_.u8string() + ".backup"));
}

}  // namespace
}  // namespace resource_broker::broker::testing
