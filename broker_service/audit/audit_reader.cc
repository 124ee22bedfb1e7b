#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "broker_service/audit/audit_file.h"

namespace resource_broker::broker {
namespace {

constexpr uint32_t kDefaultPage = 100;

}  // namespace

absl::StatusOr<AuditReader> AuditReader::Open(const std::filesystem::path& file) {
  absl::StatusOr<Database> database = Database::Open(file, Database::Access::kRead);
  if (!database.ok()) return database.status();
  if (absl::Status status = database->Execute("PRAGMA busy_timeout = 5000"); !status.ok()) return status;
  return AuditReader(*std::move(database));
}

absl::StatusOr<v1::ListAuditRecordsResponse> AuditReader::List(const v1::ListAuditRecordsRequest& request) {
  const uint32_t page = request.page_size() == 0 ? kDefaultPage : request.page_size();
  int64_t before = INT64_MAX;
  if (!request.page_token().empty() && (!absl::SimpleAtoi(request.page_token(), &before) || before < 1)) {
    return absl::InvalidArgumentError("page_token: is none that was given");
  }
  // Only what is asked for is in the query, so that an index serves it.
  std::string sql = "SELECT record, hash FROM records WHERE sequence < ?1";
  if (!request.identity().empty()) sql += " AND identity = ?2";
  if (request.failures_only()) sql += " AND code <> 0";
  if (request.from_unix_us() != 0) sql += " AND unix_us >= ?3";
  if (request.before_unix_us() != 0) sql += " AND unix_us < ?4";
  absl::StrAppend(&sql, " ORDER BY sequence DESC LIMIT ", page + 1);
  absl::StatusOr<Statement> select = database_.Prepare(sql);
  if (!select.ok()) return select.status();
  select->Bind(1, before);
  if (!request.identity().empty()) select->BindText(2, request.identity());
  if (request.from_unix_us() != 0) select->Bind(3, request.from_unix_us());
  if (request.before_unix_us() != 0) select->Bind(4, request.before_unix_us());
  v1::ListAuditRecordsResponse response;
  while (true) {
    const absl::StatusOr<bool> row = select->Step();
    if (!row.ok()) return row.status();
    if (!*row) return response;
    if (response.records_size() == static_cast<int>(page)) {
      response.set_next_page_token(absl::StrCat(response.records(response.records_size() - 1).sequence()));
      return response;
    }
    v1::AuditRecord* const record = response.add_records();
    if (!record->ParseFromArray(select->Bytes(0).data(), static_cast<int>(select->Bytes(0).size()))) {
      return absl::DataLossError("a record of the audit log is damaged");
    }
    record->set_hash(std::string(select->Bytes(1)));
  }
}

}  // namespace resource_broker::broker
