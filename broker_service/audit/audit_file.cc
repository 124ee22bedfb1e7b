#include "broker_service/audit/audit_file.h"

#include <algorithm>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/audit/audit_schema.h"
#include "broker_service/sha256.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

constexpr char kSettings[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; "
    "PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY;";
// Records a transaction forgets at most, so that none takes long.
constexpr uint64_t kForgetAtOnce = 256;
// Records at the end of the chain that are checked when the file is opened.
constexpr int kCheckedRecords = 1000;

absl::Status CheckForm(Database* database) {
  const absl::StatusOr<int64_t> application = database->Integer("PRAGMA application_id");
  if (!application.ok()) return application.status();
  const absl::StatusOr<int64_t> version = database->Integer("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*application == 0 && *version == 0) {
    return database->Execute(absl::StrCat("BEGIN IMMEDIATE;", kAuditSchema, "PRAGMA application_id = ",
                                          kAuditApplicationId, "; PRAGMA user_version = ", kAuditVersion, "; COMMIT;"));
  }
  if (*application != kAuditApplicationId || *version > kAuditVersion) {
    return absl::FailedPreconditionError("it is another program's or a newer broker's: move it away");
  }
  return absl::OkStatus();
}

absl::StatusOr<fs::path> MoveAside(const fs::path& file) {
  const fs::path aside = fs::path(file).concat(
      absl::StrCat(".damaged-", absl::FormatTime("%Y%m%dT%H%M%E3S", absl::Now(), absl::UTCTimeZone())));
  for (const char* part : {"", "-wal", "-shm"}) {
    std::error_code error;
    const fs::path from = fs::path(file).concat(part);
    if (!fs::exists(from, error)) continue;
    fs::rename(from, fs::path(aside).concat(part), error);
    if (error) return absl::DataLossError(absl::StrCat("it can't be moved aside: ", error.message()));
  }
  return aside;
}

}  // namespace

std::string AuditHash(const std::string& before, v1::AuditRecord record) {
  record.clear_hash();
  Sha256 hash;
  hash.Add(before);
  // Without maps and unknown fields it is always the same.
  hash.Add(record.SerializeAsString());
  return hash.Finish();
}

absl::StatusOr<std::unique_ptr<AuditFile>> AuditFile::Open(const fs::path& file, const AuditLimits& limits,
                                                           std::function<absl::Duration()> monotonic) {
  std::unique_ptr<AuditFile> opened(new AuditFile(limits, monotonic));
  absl::Status status = opened->Prepare(file);
  if (absl::IsDataLoss(status)) {
    opened.reset(new AuditFile(limits, monotonic));
    const absl::StatusOr<fs::path> aside = MoveAside(file);
    if (!aside.ok()) return aside.status();
    opened->notice_ = absl::StrCat("the audit log ", file.u8string(), " is damaged (", status.message(),
                                   "). It was moved to ", aside->u8string(), " and a new one begun");
    status = opened->Prepare(file);
  }
  if (!status.ok())
    return absl::Status(status.code(), absl::StrCat("audit log ", file.u8string(), ": ", status.message()));
  return opened;
}

absl::Status AuditFile::Prepare(const fs::path& file) {
  absl::StatusOr<Database> database = Database::Open(file, Database::Access::kReadWriteCreate);
  if (!database.ok()) return database.status();
  database_ = *std::move(database);
  absl::Status status = CheckForm(&database_);
  if (status.ok()) status = database_.Execute(kSettings);
  if (status.ok()) {
    status = database_.PrepareAll({
        {&begin_, "BEGIN IMMEDIATE"},
        {&commit_, "COMMIT"},
        {&rollback_, "ROLLBACK"},
        {&insert_attempt_, "INSERT INTO attempts (id, record) VALUES (?1, ?2)"},
        {&delete_attempt_, "DELETE FROM attempts WHERE id = ?1"},
        {&insert_record_,
         "INSERT INTO records (sequence, unix_us, age, identity, code, record, hash) "
         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
        {&find_young_, "SELECT sequence FROM records WHERE sequence <= ?2 AND age >= ?1 ORDER BY sequence LIMIT 1"},
        {&set_oldest_, "UPDATE retention SET oldest = ?1"},
        {&delete_old_, "DELETE FROM records WHERE sequence < ?1"},
    });
  }
  if (status.ok()) status = CheckTail();
  return status.ok() ? EndAttempts() : status;
}

absl::Status AuditFile::CheckTail() {
  const absl::StatusOr<int64_t> age = database_.Integer("SELECT ifnull(max(age), 0) FROM records");
  if (!age.ok()) return age.status();
  age_at_start_ = *age;
  const absl::StatusOr<int64_t> first =
      database_.Integer("SELECT ifnull(min(sequence), (SELECT oldest FROM retention)) FROM records");
  if (!first.ok()) return first.status();
  first_sequence_ = static_cast<uint64_t>(*first);
  last_sequence_ = first_sequence_ - 1;
  absl::StatusOr<Statement> tail = database_.Prepare(
      absl::StrCat("SELECT * FROM (SELECT sequence, record, hash FROM records ORDER BY sequence DESC LIMIT ",
                   kCheckedRecords, ") ORDER BY sequence"));
  if (!tail.ok()) return tail.status();
  bool begun = false;
  while (true) {
    const absl::StatusOr<bool> row = tail->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    const auto sequence = static_cast<uint64_t>(tail->Integer(0));
    const std::string hash(tail->Bytes(2));
    v1::AuditRecord record;
    const bool whole = record.ParseFromArray(tail->Bytes(1).data(), static_cast<int>(tail->Bytes(1).size()));
    const bool follows = !begun || (sequence == last_sequence_ + 1 && AuditHash(last_hash_, record) == hash);
    if ((!whole || !follows) && notice_.empty()) {
      notice_ =
          absl::StrCat("the audit log was changed from outside: record ", sequence, " does not follow the one before");
    }
    begun = true;
    last_sequence_ = sequence;
    last_hash_ = hash;
  }
}

absl::Status AuditFile::EndAttempts() {
  absl::StatusOr<Statement> select = database_.Prepare("SELECT id, record FROM attempts ORDER BY id");
  if (!select.ok()) return select.status();
  std::vector<AuditEntry> ended;
  while (true) {
    const absl::StatusOr<bool> row = select->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    AuditEntry entry;
    entry.attempt = static_cast<uint64_t>(select->Integer(0));
    if (!entry.record.ParseFromArray(select->Bytes(1).data(), static_cast<int>(select->Bytes(1).size()))) continue;
    ended.push_back(std::move(entry));
  }
  return ended.empty() ? absl::OkStatus() : Append(ended);
}

absl::Status AuditFile::Append(const std::vector<AuditEntry>& entries) {
  const uint64_t sequence = last_sequence_;
  const uint64_t first = first_sequence_;
  const std::string hash = last_hash_;
  absl::Status status = begin_.Run();
  for (size_t i = 0; status.ok() && i < entries.size(); ++i) status = Write(entries[i]);
  if (status.ok()) status = ForgetSome();
  if (status.ok()) status = commit_.Run();
  if (status.ok()) return status;
  // SQLite may have rolled it back by itself; then this fails, and that is fine.
  rollback_.Run().IgnoreError();
  last_sequence_ = sequence;
  first_sequence_ = first;
  last_hash_ = hash;
  return status;
}

absl::Status AuditFile::Write(const AuditEntry& entry) {
  if (entry.kind == AuditEntry::Kind::kAttempt) {
    const std::string bytes = entry.record.SerializeAsString();
    return insert_attempt_.Bind(1, static_cast<int64_t>(entry.attempt)).BindBlob(2, bytes).Run();
  }
  if (entry.attempt != 0) {
    absl::Status status = delete_attempt_.Bind(1, static_cast<int64_t>(entry.attempt)).Run();
    if (!status.ok()) return status;
  }
  return WriteRecord(entry.record);
}

absl::Status AuditFile::WriteRecord(const v1::AuditRecord& record) {
  v1::AuditRecord numbered = record;
  numbered.set_sequence(last_sequence_ + 1);
  const std::string hash = AuditHash(last_hash_, numbered);
  const std::string bytes = numbered.SerializeAsString();
  absl::Status status = insert_record_.Bind(1, static_cast<int64_t>(numbered.sequence()))
                            .Bind(2, numbered.unix_us())
                            .Bind(3, Age())
                            .BindText(4, numbered.identity())
                            .Bind(5, numbered.code())
                            .BindBlob(6, bytes)
                            .BindBlob(7, hash)
                            .Run();
  if (!status.ok()) return status;
  last_sequence_ = numbered.sequence();
  last_hash_ = hash;
  return absl::OkStatus();
}

int64_t AuditFile::Age() const { return age_at_start_ + absl::ToInt64Seconds(monotonic_() - started_); }

absl::Status AuditFile::ForgetSome() {
  const uint64_t reach = std::min(first_sequence_ + kForgetAtOnce, last_sequence_);
  uint64_t oldest = last_sequence_ > limits_.max_records ? last_sequence_ - limits_.max_records + 1 : first_sequence_;
  const int64_t least_age = Age() - absl::ToInt64Seconds(limits_.max_age);
  if (least_age > 0) {
    const absl::StatusOr<bool> row = find_young_.Bind(1, least_age).Bind(2, static_cast<int64_t>(reach)).Step();
    if (!row.ok()) return row.status();
    oldest = std::max(oldest, *row ? static_cast<uint64_t>(find_young_.Integer(0)) : reach);
    if (*row) find_young_.Reset();
  }
  oldest = std::min(oldest, reach);
  if (oldest <= first_sequence_) return absl::OkStatus();
  absl::Status status = set_oldest_.Bind(1, static_cast<int64_t>(oldest)).Run();
  if (status.ok()) status = delete_old_.Bind(1, static_cast<int64_t>(oldest)).Run();
  if (status.ok()) first_sequence_ = oldest;
  return status;
}

}  // namespace resource_broker::broker
