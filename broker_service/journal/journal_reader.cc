#include "broker_service/journal/journal_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

constexpr uint32_t kDefaultPageSize = 100;
// Rows a page of ended operations is sought in.
constexpr uint64_t kEndsAtOnce = 4096;
// The first columns of every query of operations, and how many they are.
constexpr char kOperationColumns[] = "number, request, in_buffer_bytes, beginning, ending";
enum Column { kNumber, kRequest, kInBufferBytes, kBeginning, kEnding, kMore };

template <typename Message>
bool Parse(std::string_view bytes, Message* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// Adds what `bytes` say of `message`.
template <typename Message>
bool Merge(std::string_view bytes, Message* message) {
  return message->MergeFromString({bytes.data(), bytes.size()});
}

// The places of `ConditionOf` that a request may leave unused.
enum Place { kBefore = 1, kResource, kModule, kKind, kFrom, kUntil, kDestination };

std::string ConditionOf(const v1::ListOperationsRequest& request) {
  std::string condition = absl::StrCat("number < ?", Place::kBefore);
  const auto add = [&condition](bool wanted, const char* what, int place) {
    if (wanted) absl::StrAppend(&condition, " AND ", what, " ?", place);
  };
  add(!request.resource().empty(), "resource =", kResource);
  add(!request.module().empty(), "module =", kModule);
  add(request.kind() != v1::OPERATION_KIND_UNSPECIFIED, "kind =", kKind);
  add(request.accepted_from_unix_us() != 0, "accepted_us >=", kFrom);
  add(request.accepted_before_unix_us() != 0, "accepted_us <", kUntil);
  add(!request.destination_node().empty(), "destination =", kDestination);
  if (request.pending_only()) condition += " AND ended_number IS NULL";
  if (request.last_events_size() > 0) {
    absl::StrAppend(&condition, " AND last_event IN (", absl::StrJoin(request.last_events(), ","), ")");
  }
  return condition;
}

}  // namespace

absl::StatusOr<std::unique_ptr<JournalReader>> JournalReader::Open(const std::filesystem::path& file) {
  std::unique_ptr<JournalReader> reader(new JournalReader(file));
  absl::StatusOr<Database> database = Database::Open(file, Database::Access::kRead);
  if (!database.ok()) return database.status();
  absl::MutexLock lock(&reader->mu_);
  reader->database_ = *std::move(database);
  // It waits only where a checkpoint has to rewrite what it begins to read.
  if (absl::Status status = reader->database_.Execute("PRAGMA busy_timeout = 5000"); !status.ok()) return status;
  absl::Status prepared = reader->database_.PrepareAll({
      {&reader->find_, absl::StrCat("SELECT ", kOperationColumns, " FROM operations WHERE id = ?1")},
      {&reader->events_, "SELECT event FROM events WHERE operation = ?1 ORDER BY sequence"},
      {&reader->last_event_, "SELECT event FROM events WHERE operation = ?1 ORDER BY sequence DESC LIMIT 1"},
  });
  if (!prepared.ok()) return prepared;
  return reader;
}

void JournalReader::Close() {
  absl::MutexLock lock(&mu_);
  closed_ = true;
  find_ = Statement();
  events_ = Statement();
  last_event_ = Statement();
  database_ = Database();
}

absl::Status JournalReader::Opened() const {
  return closed_ ? absl::UnavailableError("the journal is closed") : absl::OkStatus();
}

absl::Status JournalReader::Unreadable(int64_t number) const {
  return absl::DataLossError(absl::StrCat("journal ", file_.u8string(), ": operation number ", number,
                                          " is damaged: move the file away and start again; its history can still be "
                                          "read there with sqlite3"));
}

absl::Status JournalReader::ReadOperation(const Statement& row, v1::OperationRecord* record) const {
  if (!Parse(row.Bytes(kRequest), record->mutable_operation())) return Unreadable(row.Integer(kNumber));
  if (!row.IsNull(kInBufferBytes)) record->set_in_buffer_bytes(static_cast<uint32_t>(row.Integer(kInBufferBytes)));
  return absl::OkStatus();
}

absl::Status JournalReader::ReadEvents(const Statement& row, v1::OperationRecord* record) {
  const int64_t number = row.Integer(kNumber);
  if (!Merge(row.Bytes(kBeginning), record)) return Unreadable(number);
  events_.Bind(1, number);
  while (true) {
    const absl::StatusOr<bool> event = events_.Step();
    if (!event.ok()) return event.status();
    if (!*event) break;
    if (Parse(events_.Bytes(0), record->add_events())) continue;
    events_.Reset();
    return Unreadable(number);
  }
  return Merge(row.Bytes(kEnding), record) ? absl::OkStatus() : Unreadable(number);
}

absl::Status JournalReader::ReadLastEvent(const Statement& row, v1::OperationRecord* record) {
  const int64_t number = row.Integer(kNumber);
  v1::OperationRecord events;
  bool whole = Merge(row.Bytes(row.IsNull(kEnding) ? kBeginning : kEnding), &events);
  if (row.IsNull(kEnding)) {
    const absl::StatusOr<bool> later = last_event_.Bind(1, number).Step();
    if (!later.ok()) return later.status();
    if (*later) whole = Parse(last_event_.Bytes(0), events.add_events()) && whole;
    if (*later) last_event_.Reset();
  }
  if (!whole || events.events_size() == 0) return Unreadable(number);
  *record->add_events() = std::move(*events.mutable_events()->rbegin());
  return absl::OkStatus();
}

absl::StatusOr<JournalContents> JournalReader::Load() {
  JournalContents contents;
  absl::MutexLock lock(&mu_);
  absl::Status status = Opened();
  if (status.ok()) status = ReadPending(&contents);
  if (status.ok()) status = ReadResources(&contents);
  if (status.ok()) status = ReadPause(&contents);
  if (!status.ok()) return status;
  return contents;
}

absl::Status JournalReader::ReadPending(JournalContents* contents) {
  absl::StatusOr<Statement> rows = database_.Prepare(
      absl::StrCat("SELECT ", kOperationColumns,
                   ", properties, in_buffer, module_step FROM operations WHERE ended_number IS NULL ORDER BY number"));
  if (!rows.ok()) return rows.status();
  while (true) {
    const absl::StatusOr<bool> row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    v1::OperationRecord record;
    absl::Status status = ReadOperation(*rows, &record);
    if (status.ok()) status = ReadEvents(*rows, &record);
    if (!status.ok()) return status;
    auto request = std::make_shared<v1::OperationRequest>(std::move(*record.mutable_operation()));
    if (!Merge(rows->Bytes(kMore), request.get())) return Unreadable(rows->Integer(kNumber));
    if (!rows->IsNull(kMore + 1)) request->set_in_buffer(std::string(rows->Bytes(kMore + 1)));
    JournaledOperation& operation = contents->pending.emplace_back();
    operation.request = std::move(request);
    operation.module_step = static_cast<uint64_t>(rows->Integer(kMore + 2));
    auto* events = record.mutable_events();
    operation.events.assign(std::make_move_iterator(events->begin()), std::make_move_iterator(events->end()));
  }
}

absl::Status JournalReader::ReadResources(JournalContents* contents) {
  absl::StatusOr<Statement> rows =
      database_.Prepare("SELECT resource, state, intended_state, locked, lock_reason FROM resources");
  if (!rows.ok()) return rows.status();
  while (true) {
    const absl::StatusOr<bool> row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    ResourceRecord& record = contents->resources.emplace_back();
    record.resource = std::string(rows->Bytes(0));
    record.state = static_cast<v1::ResourceState>(rows->Integer(1));
    record.intended_state = static_cast<v1::ResourceState>(rows->Integer(2));
    record.locked = rows->Integer(3) != 0;
    record.lock_reason = std::string(rows->Bytes(4));
  }
}

absl::Status JournalReader::ReadPause(JournalContents* contents) {
  absl::StatusOr<Statement> rows = database_.Prepare("SELECT reason, since_us FROM pause");
  if (!rows.ok()) return rows.status();
  const absl::StatusOr<bool> row = rows->Step();
  if (!row.ok() || !*row) return row.status();
  contents->pause = {true, std::string(rows->Bytes(0)), rows->Integer(1)};
  return absl::OkStatus();
}

absl::StatusOr<v1::OperationRecord> JournalReader::Find(const std::string& operation_id) {
  absl::MutexLock lock(&mu_);
  if (absl::Status status = Opened(); !status.ok()) return status;
  const absl::StatusOr<bool> row = find_.BindBlob(1, operation_id).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError(absl::StrCat("operation ", Hex(operation_id), " is not known"));
  v1::OperationRecord record;
  absl::Status status = ReadOperation(find_, &record);
  // Within the same transaction as the row, so that both are of one moment.
  if (status.ok()) status = ReadEvents(find_, &record);
  find_.Reset();
  if (!status.ok()) return status;
  return record;
}

absl::StatusOr<v1::ListOperationsResponse> JournalReader::List(const v1::ListOperationsRequest& request) {
  int64_t before = std::numeric_limits<int64_t>::max();
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &before)) {
    return absl::InvalidArgumentError("page_token: not from an answer of this broker");
  }
  const int page_size = static_cast<int>(request.page_size() == 0 ? kDefaultPageSize : request.page_size());
  const std::string destination = absl::AsciiStrToLower(request.destination_node());
  absl::MutexLock lock(&mu_);
  if (absl::Status status = Opened(); !status.ok()) return status;
  absl::StatusOr<Statement> rows =
      database_.Prepare(absl::StrCat("SELECT ", kOperationColumns, " FROM operations WHERE ", ConditionOf(request),
                                     " ORDER BY number DESC LIMIT ", page_size + 1));
  if (!rows.ok()) return rows.status();
  // Places that the condition does not have are passed over.
  rows->Bind(kBefore, before).BindText(kResource, request.resource()).BindText(kModule, request.module());
  rows->Bind(kKind, request.kind()).BindText(kDestination, destination);
  rows->Bind(kFrom, request.accepted_from_unix_us()).Bind(kUntil, request.accepted_before_unix_us());
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
    last = rows->Integer(kNumber);
    v1::OperationRecord* record = response.add_operations();
    absl::Status status = ReadOperation(*rows, record);
    if (status.ok()) status = ReadLastEvent(*rows, record);
    if (!status.ok()) return status;
  }
}

absl::StatusOr<uint64_t> JournalReader::EndBefore(int64_t from_unix_us) {
  absl::StatusOr<Statement> first = database_.Prepare(
      "SELECT min(ended_number) FROM operations WHERE last_event_us >= ?1 AND ended_number IS NOT NULL");
  if (!first.ok()) return first.status();
  const absl::StatusOr<bool> row = first->Bind(1, from_unix_us).Step();
  if (!row.ok()) return row.status();
  return !*row || first->IsNull(0) ? std::numeric_limits<uint64_t>::max()
                                   : static_cast<uint64_t>(first->Integer(0)) - 1;
}

absl::StatusOr<EndedPage> JournalReader::Ended(const EndedQuery& query) {
  absl::MutexLock lock(&mu_);
  if (absl::Status status = Opened(); !status.ok()) return status;
  EndedPage page;
  uint64_t after = query.after;
  if (after == 0) {
    const absl::StatusOr<uint64_t> first = EndBefore(query.from_unix_us);
    if (!first.ok()) return first.status();
    after = *first;
  }
  page.last = query.up_to;
  if (after >= query.up_to) return page;
  const uint64_t last = std::min(query.up_to, after + kEndsAtOnce);
  absl::StatusOr<Statement> rows = database_.Prepare(
      absl::StrCat("SELECT ", kOperationColumns,
                   ", ended_number FROM operations WHERE ended_number > ?1 AND ended_number <= ?2 AND "
                   "last_event_us >= ?3",
                   query.resource.empty() ? "" : " AND resource = ?4", " ORDER BY ended_number LIMIT ", query.limit));
  if (!rows.ok()) return rows.status();
  rows->Bind(1, static_cast<int64_t>(after)).Bind(2, static_cast<int64_t>(last)).Bind(3, query.from_unix_us);
  if (!query.resource.empty()) rows->BindText(4, query.resource);
  while (true) {
    const absl::StatusOr<bool> row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    EndedPage::Operation& operation = page.operations.emplace_back();
    operation.end = static_cast<uint64_t>(rows->Integer(kMore));
    absl::Status status = ReadOperation(*rows, &operation.record);
    if (status.ok()) status = ReadEvents(*rows, &operation.record);
    if (!status.ok()) return status;
  }
  page.last = page.operations.size() == query.limit ? page.operations.back().end : last;
  return page;
}

}  // namespace resource_broker::broker
