#include "bench/journal/sqlite_limit.h"

#include <string>

#include "absl/status/status.h"
#include "broker_service/journal/sqlite.h"

namespace resource_broker::bench {
namespace {

using broker::Database;
using broker::Statement;

// As journal_file.cc has them.
constexpr char kSettings[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; "
    "PRAGMA temp_store = MEMORY; CREATE TABLE records (number INTEGER PRIMARY KEY, record BLOB NOT NULL);";

struct Statements {
  Statement begin, insert, commit;
};

absl::Status Commit(Statements* statements, const std::string& record, size_t count) {
  absl::Status status = statements->begin.Run();
  for (size_t i = 0; status.ok() && i < count; ++i) status = statements->insert.BindBlob(1, record).Run();
  return status.ok() ? statements->commit.Run() : status;
}

}  // namespace

absl::StatusOr<CommitRate> MeasureSqliteLimit(const std::filesystem::path& file, size_t record_bytes, size_t at_once,
                                              Clock::duration time) {
  absl::StatusOr<Database> database = Database::Open(file, Database::Access::kReadWriteCreate);
  if (!database.ok()) return database.status();
  if (absl::Status status = database->Execute(kSettings); !status.ok()) return status;
  Statements statements;
  absl::Status prepared = database->PrepareAll({{&statements.begin, "BEGIN IMMEDIATE"},
                                                {&statements.insert, "INSERT INTO records (record) VALUES (?1)"},
                                                {&statements.commit, "COMMIT"}});
  if (!prepared.ok()) return prepared;
  const std::string record(record_bytes, 'x');
  CommitRate rate;
  const Clock::time_point begun = Clock::now();
  Clock::time_point before = begun;
  while (before < begun + time) {
    if (absl::Status status = Commit(&statements, record, at_once); !status.ok()) return status;
    const Clock::time_point now = Clock::now();
    rate.commits_us.push_back(Microseconds(now - before));
    before = now;
  }
  const double seconds = Microseconds(before - begun) / 1e6;
  rate.operations_per_s = static_cast<double>(rate.commits_us.size() * at_once) / 2 / seconds;
  return rate;
}

}  // namespace resource_broker::bench
