#include "broker_service/journal/schema.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "resource_broker/v1/types.pb.h"

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

// What lists of operations are filtered by. `destination` is in lower case, `accepted_us` and `last_event_us` are
// microseconds since 1970. A row of `pause`: the queue is paused.
constexpr char kVersion3[] = R"sql(
  ALTER TABLE operations ADD COLUMN module TEXT NOT NULL DEFAULT '';
  ALTER TABLE operations ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE operations ADD COLUMN destination TEXT NOT NULL DEFAULT '';
  ALTER TABLE operations ADD COLUMN accepted_us INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE operations ADD COLUMN last_event INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE operations ADD COLUMN last_event_us INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX operations_of_module ON operations (module, number);
  CREATE INDEX operations_ended_us ON operations (last_event_us, ended_number) WHERE ended_number IS NOT NULL;
  CREATE TABLE pause (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    reason TEXT NOT NULL,
    since_us INTEGER NOT NULL
  );
)sql";

// What a transaction writes of an operation is in as few pages as can be, since every page costs those who wait for it:
// the events of its first write are in `beginning` and those of its last in `ending`, each as an OperationRecord that
// has nothing else, and only what comes between them is in `events` (of an operation of before, all of it). Lists by
// resource or module read from the newest on. `operations_ended` holds all that is sought among a million of ends.
constexpr char kVersion4[] = R"sql(
  ALTER TABLE operations ADD COLUMN beginning BLOB;
  ALTER TABLE operations ADD COLUMN ending BLOB;
  DROP INDEX operations_of_resource;
  DROP INDEX operations_of_module;
  DROP INDEX operations_ended_us;
  DROP INDEX operations_ended;
  CREATE INDEX operations_ended ON operations (ended_number, ended_at, last_event_us) WHERE ended_number IS NOT NULL;
)sql";

template <typename Message>
Message Parsed(std::string_view bytes) {
  Message message;
  // One that is damaged is found so when it is read.
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) message.Clear();
  return message;
}

// The new columns of the operations that are there.
absl::Status FillVersion3(Database* database) {
  Statement rows, update;
  absl::Status prepared = database->PrepareAll({
      {&rows,
       "SELECT number, request, (SELECT event FROM events WHERE operation = number ORDER BY sequence LIMIT 1), "
       "(SELECT event FROM events WHERE operation = number ORDER BY sequence DESC LIMIT 1) FROM operations"},
      {&update,
       "UPDATE operations SET module = ?2, kind = ?3, destination = ?4, accepted_us = ?5, last_event = ?6, "
       "last_event_us = ?7 WHERE number = ?1"},
  });
  if (!prepared.ok()) return prepared;
  while (true) {
    const absl::StatusOr<bool> row = rows.Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    const auto request = Parsed<v1::OperationRequest>(rows.Bytes(1));
    const auto first = Parsed<v1::Event>(rows.Bytes(2));
    const auto last = Parsed<v1::Event>(rows.Bytes(3));
    const std::string destination = absl::AsciiStrToLower(request.destination_node());
    update.Bind(1, rows.Integer(0)).BindText(2, request.module()).Bind(3, request.kind()).BindText(4, destination);
    update.Bind(5, first.time_unix_us()).Bind(6, last.kind()).Bind(7, last.time_unix_us());
    if (absl::Status status = update.Run(); !status.ok()) return status;
  }
}

// What Migrate does within its transaction.
absl::Status Step(Database* database, const std::vector<Migration>& migrations, size_t from) {
  for (size_t step = from; step < migrations.size(); ++step) {
    if (absl::Status status = database->Execute(migrations[step].sql); !status.ok()) return status;
    if (migrations[step].fill == nullptr) continue;
    if (absl::Status status = migrations[step].fill(database); !status.ok()) return status;
  }
  return database->Execute(absl::StrCat("PRAGMA application_id = ", kJournalApplicationId,
                                        "; PRAGMA user_version = ", migrations.size(), "; COMMIT;"));
}

}  // namespace

const std::vector<Migration>& JournalMigrations() {
  static const auto* const migrations =
      new std::vector<Migration>{kVersion1, kVersion2, {kVersion3, FillVersion3}, kVersion4};
  return *migrations;
}

absl::Status CheckForm(Database* database, const std::vector<Migration>& migrations) {
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

absl::Status Migrate(Database* database, const std::vector<Migration>& migrations) {
  if (absl::Status status = CheckForm(database, migrations); !status.ok()) return status;
  const absl::StatusOr<int64_t> version = database->Integer("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const auto from = static_cast<size_t>(*version);
  if (from == migrations.size()) return absl::OkStatus();
  absl::Status status = database->Execute("BEGIN IMMEDIATE");
  if (status.ok()) status = Step(database, migrations, from);
  if (!status.ok()) database->Execute("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace resource_broker::broker
