#include "broker_service/journal/schema.h"

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

// `number` counts operations as they were accepted, `ended_number` as they ended; null means it has not. `request` is
// without the InBuffer and the properties, which have columns of their own and are null once it has ended. `ended_at`
// is in seconds that brokers have run with the file; earlier ones wrote Unix seconds, from which the count goes on.
constexpr char kVersion1[] = R"sql(
  CREATE TABLE operations (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    resource TEXT NOT NULL,
    request BLOB NOT NULL,
    properties BLOB,
    in_buffer BLOB,
    in_buffer_bytes INTEGER,
    module_step INTEGER NOT NULL,
    ended_number INTEGER,
    ended_at INTEGER
  );
  CREATE INDEX operations_of_resource ON operations (resource, number);
  CREATE INDEX operations_pending ON operations (number) WHERE ended_number IS NULL;
  CREATE INDEX operations_ended ON operations (ended_number, ended_at) WHERE ended_number IS NOT NULL;
  CREATE TABLE events (
    operation INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    event BLOB NOT NULL,
    PRIMARY KEY (operation, sequence)
  ) WITHOUT ROWID;
  CREATE TABLE resources (
    resource TEXT PRIMARY KEY,
    intended_state INTEGER NOT NULL,
    locked INTEGER NOT NULL,
    lock_reason TEXT NOT NULL
  ) WITHOUT ROWID;
)sql";

// What a resource is outlives the broker as well.
constexpr char kVersion2[] = "ALTER TABLE resources ADD COLUMN state INTEGER NOT NULL DEFAULT 0;";

}  // namespace

const std::vector<const char*>& JournalMigrations() {
  static const auto* const migrations = new std::vector<const char*>{kVersion1, kVersion2};
  return *migrations;
}

absl::Status CheckForm(Database* database, const std::vector<const char*>& migrations) {
  const absl::StatusOr<int64_t> application = database->Integer("PRAGMA application_id");
  if (!application.ok()) return application.status();
  const absl::StatusOr<int64_t> tables = database->Integer("SELECT count(*) FROM sqlite_schema");
  if (!tables.ok()) return tables.status();
  if (*application != kJournalApplicationId && (*application != 0 || *tables != 0)) {
    return absl::FailedPreconditionError(
        "it is a database of another program: move it away, or name another dataDirectory");
  }
  const absl::StatusOr<int64_t> version = database->Integer("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const auto newest = static_cast<int64_t>(migrations.size());
  if (*version > newest) {
    return absl::FailedPreconditionError(
        absl::StrCat("it was written by a newer broker (version ", *version, " of its form; this one knows ", newest,
                     "): run that broker, or move the file away and lose its history"));
  }
  return absl::OkStatus();
}

absl::Status Migrate(Database* database, const std::vector<const char*>& migrations) {
  if (absl::Status status = CheckForm(database, migrations); !status.ok()) return status;
  const absl::StatusOr<int64_t> version = database->Integer("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const auto newest = static_cast<int64_t>(migrations.size());
  if (*version == newest) return absl::OkStatus();
  std::string sql = "BEGIN IMMEDIATE;";
  for (int64_t step = *version; step < newest; ++step) sql += migrations[static_cast<size_t>(step)];
  absl::StrAppend(&sql, "PRAGMA application_id = ", kJournalApplicationId, "; PRAGMA user_version = ", newest,
                  "; COMMIT;");
  const absl::Status status = database->Execute(sql);
  if (!status.ok()) database->Execute("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace resource_broker::broker
