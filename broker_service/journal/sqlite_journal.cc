#include "broker_service/journal/sqlite_journal.h"

#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

constexpr uint32_t kDefaultPageSize = 100;
// Columns of every query of operations, in the order ReadOperation expects.
constexpr char kOperationColumns[] = "number, request, in_buffer_bytes";

template <typename Message>
bool Parse(std::string_view bytes, Message* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteJournal>> SqliteJournal::Open(const std::filesystem::path& file,
                                                                   const JournalOptions& options) {
  absl::StatusOr<OpenedJournalFile> opened = OpenJournalFile(file, options.file);
  if (!opened.ok()) return opened.status();
  std::unique_ptr<SqliteJournal> journal(new SqliteJournal());
  journal->file_ = file;
  journal->lock_ = std::move(opened->lock);
  journal->notice_ = std::move(opened->notice);
  absl::StatusOr<std::unique_ptr<JournalWriter>> writer = JournalWriter::Start(std::move(opened->database), options);
  if (!writer.ok()) return writer.status();
  journal->writer_ = *std::move(writer);

  absl::StatusOr<Database> reader = Database::Open(file, Database::Access::kRead);
  if (!reader.ok()) return reader.status();
  absl::MutexLock lock(&journal->mu_);
  journal->reader_ = *std::move(reader);
  // It waits only where a checkpoint has to rewrite what it begins to read.
  if (absl::Status status = journal->reader_.Execute("PRAGMA busy_timeout = 5000"); !status.ok()) return status;
  absl::Status prepared = journal->reader_.PrepareAll({
      {&journal->find_, absl::StrCat("SELECT ", kOperationColumns, " FROM operations WHERE id = ?1")},
      {&journal->events_, "SELECT event FROM events WHERE operation = ?1 ORDER BY sequence"},
      {&journal->last_event_, "SELECT event FROM events WHERE operation = ?1 ORDER BY sequence DESC LIMIT 1"},
  });
  if (!prepared.ok()) return prepared;
  return journal;
}

void SqliteJournal::Close() {
  writer_->Stop();
  {
    absl::MutexLock lock(&mu_);
    closed_ = true;
    find_ = Statement();
    events_ = Statement();
    last_event_ = Statement();
    reader_ = Database();
  }
  writer_->Close();
  lock_ = LockFile();
}

absl::Status SqliteJournal::Opened() const {
  return closed_ ? absl::UnavailableError("the journal is closed") : absl::OkStatus();
}

absl::Status SqliteJournal::Unreadable(int64_t number) const {
  return absl::DataLossError(absl::StrCat("journal ", file_.u8string(), ": operation number ", number,
                                          " is damaged: move the file away and start again; its history can still be "
                                          "read there with sqlite3"));
}

absl::Status SqliteJournal::ReadEvents(int64_t number, std::vector<v1::Event>* events) {
  events_.Bind(1, number);
  while (true) {
    const absl::StatusOr<bool> row = events_.Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    if (!Parse(events_.Bytes(0), &events->emplace_back())) {
      events_.Reset();
      return Unreadable(number);
    }
  }
}

absl::Status SqliteJournal::ReadOperation(const Statement& row, v1::OperationRecord* record) const {
  if (!Parse(row.Bytes(1), record->mutable_operation())) return Unreadable(row.Integer(0));
  if (!row.IsNull(2)) record->set_in_buffer_bytes(static_cast<uint32_t>(row.Integer(2)));
  return absl::OkStatus();
}

absl::StatusOr<JournalContents> SqliteJournal::Load() {
  JournalContents contents;
  absl::MutexLock lock(&mu_);
  if (absl::Status status = Opened(); !status.ok()) return status;
  absl::StatusOr<Statement> pending = reader_.Prepare(
      "SELECT number, request, properties, in_buffer, module_step FROM operations WHERE ended_number IS NULL "
      "ORDER BY number");
  if (!pending.ok()) return pending.status();
  while (true) {
    const absl::StatusOr<bool> row = pending->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    auto request = std::make_shared<v1::OperationRequest>();
    const int64_t number = pending->Integer(0);
    const std::string_view properties = pending->Bytes(2);
    if (!Parse(pending->Bytes(1), request.get()) || !request->MergeFromString({properties.data(), properties.size()})) {
      return Unreadable(number);
    }
    if (!pending->IsNull(3)) request->set_in_buffer(std::string(pending->Bytes(3)));
    JournaledOperation& operation = contents.pending.emplace_back();
    operation.request = std::move(request);
    operation.module_step = static_cast<uint64_t>(pending->Integer(4));
    if (absl::Status status = ReadEvents(number, &operation.events); !status.ok()) return status;
  }
  absl::StatusOr<Statement> resources =
      reader_.Prepare("SELECT resource, state, intended_state, locked, lock_reason FROM resources");
  if (!resources.ok()) return resources.status();
  while (true) {
    const absl::StatusOr<bool> row = resources->Step();
    if (!row.ok()) return row.status();
    if (!*row) return contents;
    ResourceRecord& record = contents.resources.emplace_back();
    record.resource = std::string(resources->Bytes(0));
    record.state = static_cast<v1::ResourceState>(resources->Integer(1));
    record.intended_state = static_cast<v1::ResourceState>(resources->Integer(2));
    record.locked = resources->Integer(3) != 0;
    record.lock_reason = std::string(resources->Bytes(4));
  }
}

void SqliteJournal::Append(JournalWrite write, Durable durable) {
  writer_->Append(std::move(write), std::move(durable));
}

void SqliteJournal::SaveState(ResourceRecord record, Durable durable) {
  writer_->SaveState(std::move(record), std::move(durable));
}

void SqliteJournal::SaveLock(ResourceRecord record, Durable durable) {
  writer_->SaveLock(std::move(record), std::move(durable));
}

absl::StatusOr<v1::OperationRecord> SqliteJournal::Find(const std::string& operation_id) {
  absl::MutexLock lock(&mu_);
  if (absl::Status status = Opened(); !status.ok()) return status;
  const absl::StatusOr<bool> row = find_.BindBlob(1, operation_id).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError(absl::StrCat("operation ", Hex(operation_id), " is not known"));
  v1::OperationRecord record;
  const int64_t number = find_.Integer(0);
  absl::Status status = ReadOperation(find_, &record);
  std::vector<v1::Event> events;
  // Within the same transaction as the row, so that both are of one moment.
  if (status.ok()) status = ReadEvents(number, &events);
  find_.Reset();
  if (!status.ok()) return status;
  record.mutable_events()->Add(std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
  return record;
}

absl::StatusOr<v1::ListOperationsResponse> SqliteJournal::List(const v1::ListOperationsRequest& request) {
  int64_t before = std::numeric_limits<int64_t>::max();
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &before)) {
    return absl::InvalidArgumentError("page_token: not from an answer of this broker");
  }
  const int page_size = static_cast<int>(request.page_size() == 0 ? kDefaultPageSize : request.page_size());
  absl::MutexLock lock(&mu_);
  if (absl::Status status = Opened(); !status.ok()) return status;
  absl::StatusOr<Statement> rows = reader_.Prepare(absl::StrCat(
      "SELECT ", kOperationColumns, " FROM operations WHERE number < ?1",
      request.resource().empty() ? "" : " AND resource = ?2", request.pending_only() ? " AND ended_number IS NULL" : "",
      " ORDER BY number DESC LIMIT ", page_size + 1));
  if (!rows.ok()) return rows.status();
  rows->Bind(1, before);
  if (!request.resource().empty()) rows->BindText(2, request.resource());
  v1::ListOperationsResponse response;
  int64_t last = 0;
  while (true) {
    const absl::StatusOr<bool> row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) return response;
    if (response.operations_size() == page_size) {
      response.set_next_page_token(absl::StrCat(last));
      return response;
    }
    last = rows->Integer(0);
    v1::OperationRecord* record = response.add_operations();
    if (absl::Status status = ReadOperation(*rows, record); !status.ok()) return status;
    const absl::StatusOr<bool> event = last_event_.Bind(1, last).Step();
    if (!event.ok()) return event.status();
    const bool parsed = *event && Parse(last_event_.Bytes(0), record->add_events());
    if (*event) last_event_.Reset();
    if (!parsed) return Unreadable(last);
  }
}

}  // namespace resource_broker::broker
