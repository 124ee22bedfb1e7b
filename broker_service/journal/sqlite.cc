#include "broker_service/journal/sqlite.h"

#include <sqlite3.h>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

absl::StatusCode CodeOf(int code) {
  switch (code & 0xff) {
    case SQLITE_CANTOPEN:
      return absl::StatusCode::kNotFound;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_FULL:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_CONSTRAINT:
      return absl::StatusCode::kAlreadyExists;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::StatusCode::kAborted;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return absl::StatusCode::kPermissionDenied;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

absl::Status ErrorOf(sqlite3* database) {
  const int code = sqlite3_extended_errcode(database);
  const char* file = sqlite3_db_filename(database, nullptr);
  return absl::Status(
      CodeOf(code), absl::StrCat(file == nullptr ? "" : file, ": ", sqlite3_errmsg(database), " (SQLite ", code, ")"));
}

// SQLite counts the memory in use, under a lock of the whole process, with every allocation; and makes dozens in each
// transaction. Nobody asks for the count. It can be left out only before SQLite is first used.
void CountNoMemory() {
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(configured);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Statement& Statement::Bind(int place, int64_t value) {
  sqlite3_bind_int64(statement_.get(), place, value);
  return *this;
}

Statement& Statement::BindText(int place, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), place, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindBlob(int place, std::string_view bytes) {
  // A null pointer would be NULL, not an empty blob.
  sqlite3_bind_blob64(statement_.get(), place, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  absl::Status status;
  if (code != SQLITE_DONE) status = ErrorOf(sqlite3_db_handle(statement_.get()));
  Reset();
  if (!status.ok()) return status;
  return false;
}

absl::Status Statement::Run() {
  absl::Status status = Step().status();
  Reset();
  return status;
}

void Statement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

bool Statement::IsNull(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

int64_t Statement::Integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::Bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
}

absl::StatusOr<Database> Database::Open(const std::filesystem::path& file, Access access) {
  CountNoMemory();
  const int flags = access == Access::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file.u8string().c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database;
  database.database_.reset(opened);
  if (opened == nullptr) return absl::ResourceExhaustedError("SQLite has no memory");
  if (code != SQLITE_OK) {
    return absl::Status(CodeOf(code), absl::StrCat(file.u8string(), ": ", sqlite3_errmsg(opened)));
  }
  sqlite3_extended_result_codes(opened, 1);
  return database;
}

void Database::SetCheckpointOnClose(bool wanted) {
  sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1, nullptr);
}

void Database::CheckpointByHand() {
  log_pages_ = std::make_unique<int>(0);
  const auto note = [](void* pages, sqlite3*, const char*, int now) {
    *static_cast<int*>(pages) = now;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(database_.get(), note, log_pages_.get());
}

absl::Status Database::Checkpoint() {
  const int code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : ErrorOf(database_.get());
}

absl::Status Database::Execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return absl::OkStatus();
  return ErrorOf(database_.get());
}

absl::StatusOr<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                         &prepared, nullptr) != SQLITE_OK) {
    return ErrorOf(database_.get());
  }
  Statement statement;
  statement.statement_.reset(prepared);
  return statement;
}

absl::Status Database::PrepareAll(std::initializer_list<std::pair<Statement*, std::string>> statements) {
  for (const auto& [statement, sql] : statements) {
    absl::StatusOr<Statement> prepared = Prepare(sql);
    if (!prepared.ok()) return prepared.status();
    *statement = *std::move(prepared);
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Database::Integer(const std::string& sql) {
  absl::StatusOr<Statement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  const absl::StatusOr<bool> row = statement->Step();
  if (!row.ok()) return row.status();
  return *row ? statement->Integer(0) : 0;
}

absl::StatusOr<std::string> Database::Text(const std::string& sql) {
  absl::StatusOr<Statement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  const absl::StatusOr<bool> row = statement->Step();
  if (!row.ok()) return row.status();
  return *row ? std::string(statement->Bytes(0)) : "";
}

absl::Status Database::CopyTo(Database* copy, const std::function<bool()>& go_on) {
  constexpr int kPagesAtOnce = 64;
  // One snapshot for all steps: else the next commit of another connection would have it begin again.
  if (absl::Status status = Execute("BEGIN"); !status.ok()) return status;
  absl::Status status = Integer("SELECT count(*) FROM sqlite_schema").status();
  if (status.ok()) {
    sqlite3_backup* backup = sqlite3_backup_init(copy->database_.get(), "main", database_.get(), "main");
    int code = backup == nullptr ? SQLITE_ERROR : SQLITE_OK;
    while (code == SQLITE_OK && status.ok()) {
      if (go_on()) {
        code = sqlite3_backup_step(backup, kPagesAtOnce);
      } else {
        status = absl::CancelledError("the copy is not wanted any more");
      }
    }
    if (backup != nullptr) sqlite3_backup_finish(backup);
    if (status.ok() && code != SQLITE_DONE) status = ErrorOf(copy->database_.get());
  }
  Execute("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace resource_broker::broker
