// A journal in a file of its own, for tests of the file.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "absl/status/statusor.h"
#include "broker_service/journal/sqlite_journal.h"
#include "broker_service/journal/testing/journal_writes.h"
#include "broker_service/log.h"
#include "broker_service/modules/testing/installed_modules.h"

namespace resource_broker::broker::testing {

class SqliteJournalTestBase : public ::testing::Test {
 protected:
  SqliteJournalTestBase() { SetLogLevel(LogLevel::kError); }

  absl::Status Open() {
    journal_.reset();
    absl::StatusOr<std::unique_ptr<SqliteJournal>> opened = SqliteJournal::Open(file_, options_);
    if (opened.ok()) journal_ = *std::move(opened);
    return opened.status();
  }

  void Fill(int first, int last) { ASSERT_EQ(WriteManyEnded(journal_.get(), first, last), absl::OkStatus()); }

  TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "data" / "journal.db";
  JournalOptions options_;
  std::unique_ptr<SqliteJournal> journal_;
};

}  // namespace resource_broker::broker::testing
