// A full disk: natively a file system of a few megabytes would need rights; a limit on the size of files has the same
// effect on SQLite, which is told that the disk is full or broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "broker_service/journal/sqlite_journal.h"
#include "broker_service/journal/testing/journal_writes.h"
#include "broker_service/modules/testing/installed_modules.h"

namespace resource_broker::broker::testing {
namespace {

TEST(SqliteJournalPosixTest, DiskIsFullAndThenHasRoom_RefusesAndGoesOnByItself) {
  TemporaryFolder folder;
  auto journal = SqliteJournal::Open(folder.path() / "journal.db", {}).value();
  int written = 0;
  for (; written < 20; ++written) ASSERT_TRUE(WriteEnded(journal.get(), written).ok());
  signal(SIGXFSZ, SIG_IGN);
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit full = {512 << 10, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  absl::Status status;
  while (status.ok() && written < 10000) status = WriteEnded(journal.get(), written++);
  EXPECT_FALSE(status.ok());
  const int refused = written - 1;
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("journal.db"));
  EXPECT_TRUE(absl::IsNotFound(journal->Find(Id(refused)).status()));
  EXPECT_FALSE(WriteEnded(journal.get(), refused).ok());
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_TRUE(WriteEnded(journal.get(), refused).ok());
  journal.reset();
  journal = SqliteJournal::Open(folder.path() / "journal.db", {}).value();
  EXPECT_EQ(journal->notice(), "");
  EXPECT_EQ(journal->EndedCount(), static_cast<uint64_t>(refused) + 1);
}

}  // namespace
}  // namespace resource_broker::broker::testing
