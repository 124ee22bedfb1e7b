#include "broker_service/journal/journal_file.h"

#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "broker_service/events/event_log.h"
#include "broker_service/journal/schema.h"
#include "broker_service/log.h"
#include "broker_service/modules/private_folder.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

// Every commit is on the disk when it returns (FULL). A writer waits for nobody, since readers of a WAL do not lock it.
constexpr char kSettings[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; "
    "PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY;";

absl::Status Named(const fs::path& file, const absl::Status& status) {
  const char* hint = absl::IsNotFound(status) || absl::IsPermissionDenied(status)
                         ? ": the broker's account must be able to write to that folder"
                         : "";
  return absl::Status(status.code(), absl::StrCat("journal ", file.u8string(), ": ", status.message(), hint));
}

absl::StatusOr<LockFile> Lock(const fs::path& file, absl::Duration wait) {
  absl::StatusOr<LockFile> lock = LockFile::Take(fs::path(file).concat(".lock"), wait);
  if (absl::IsAborted(lock.status())) {
    return absl::FailedPreconditionError("another broker has it open: stop that one, or name another dataDirectory");
  }
  return lock;
}

// "ok", or what is wrong.
absl::StatusOr<std::string> Integrity(Database* database) { return database->Text("PRAGMA integrity_check(1)"); }

std::string ChangeOfForm(const fs::path& file, Database* database) {
  const absl::StatusOr<int64_t> form = database->Integer("PRAGMA user_version");
  const auto newest = static_cast<int64_t>(JournalMigrations().size());
  if (!form.ok() || *form == 0 || *form >= newest) return "";
  return absl::StrCat("journal ", file.u8string(), " changes from version ", *form, " of its form to version ", newest,
                      ", which brokers before this one refuse: there is no way back to them");
}

absl::StatusOr<Database> OpenAndCheck(const fs::path& file, bool checked) {
  std::error_code error;
  // A new one has no size yet only while a broker begins it.
  if (fs::exists(file, error) && fs::file_size(file, error) == 0) return absl::DataLossError("it is empty");
  absl::StatusOr<Database> database = Database::Open(file, Database::Access::kReadWriteCreate);
  if (!database.ok()) return database.status();
  // What is refused or moved aside stays what it was, to the byte.
  database->SetCheckpointOnClose(false);
  const std::string change = ChangeOfForm(file, &*database);
  if (absl::Status status = Migrate(&*database, JournalMigrations()); !status.ok()) return status;
  if (!change.empty()) LogWarning(change);
  if (absl::Status status = database->Execute(kSettings); !status.ok()) return status;
  const absl::StatusOr<std::string> check = checked ? std::string("ok") : Integrity(&*database);
  if (!check.ok()) return check.status();
  if (*check != "ok") return absl::DataLossError(absl::StrCat("the integrity check says: ", *check));
  database->SetCheckpointOnClose(true);
  return database;
}

// With its write-ahead log, without which it would not be what it was.
absl::StatusOr<fs::path> MoveAside(const fs::path& file) {
  const std::string suffix =
      absl::StrCat(".damaged-", absl::FormatTime("%Y%m%dT%H%M%S", absl::Now(), absl::UTCTimeZone()));
  fs::path aside = fs::path(file).concat(suffix);
  // Two in one second.
  std::error_code ignored;
  for (int i = 2; fs::exists(aside, ignored); ++i) aside = fs::path(file).concat(absl::StrCat(suffix, "-", i));
  for (const char* part : {"", "-wal", "-shm", "-journal"}) {
    const fs::path from = fs::path(file).concat(part);
    std::error_code error;
    if (!fs::exists(from, error)) continue;
    fs::rename(from, fs::path(aside).concat(part), error);
    if (error) {
      return absl::FailedPreconditionError(
          absl::StrCat("it is damaged and can't be moved aside (", error.message(), "): move it away"));
    }
  }
  return aside;
}

}  // namespace

absl::StatusOr<OpenedJournalFile> OpenJournalFile(const fs::path& file, const JournalFileOptions& options) {
  if (absl::Status status = MakePrivateFolder(file.parent_path()); !status.ok()) return Named(file, status);
  OpenedJournalFile opened;
  absl::StatusOr<LockFile> lock = Lock(file, options.lock_wait);
  if (!lock.ok()) return Named(file, lock.status());
  opened.lock = *std::move(lock);
  absl::StatusOr<Database> database = OpenAndCheck(file, options.checked);
  if (absl::IsDataLoss(database.status())) {
    const absl::StatusOr<fs::path> aside = MoveAside(file);
    if (!aside.ok()) return Named(file, aside.status());
    opened.notice = absl::StrCat("journal ", file.u8string(), " is damaged (", database.status().message(),
                                 "). It was moved to ", aside->u8string(),
                                 " and a new one begun: operations of before are not known any more; sqlite3 may "
                                 "recover their history from there (.recover)");
    RaiseEvent(EventId::kJournalMovedAside, opened.notice);
    database = OpenAndCheck(file, /*checked=*/false);
  }
  if (!database.ok()) return Named(file, database.status());
  opened.database = *std::move(database);
  return opened;
}

absl::Status CheckJournalFile(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return absl::OkStatus();
  absl::StatusOr<Database> database = Database::Open(file, Database::Access::kRead);
  if (!database.ok()) return Named(file, database.status());
  if (absl::Status status = CheckForm(&*database, JournalMigrations()); !status.ok()) return Named(file, status);
  const absl::StatusOr<std::string> check = Integrity(&*database);
  if (!check.ok()) return Named(file, check.status());
  if (*check == "ok") return absl::OkStatus();
  return Named(file, absl::DataLossError(absl::StrCat("the integrity check says: ", *check)));
}

std::string WhatOpeningChanges(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return "";
  absl::StatusOr<Database> database = Database::Open(file, Database::Access::kRead);
  return database.ok() ? ChangeOfForm(file, &*database) : "";
}

}  // namespace resource_broker::broker
