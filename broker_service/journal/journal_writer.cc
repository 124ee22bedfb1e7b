#include "broker_service/journal/journal_writer.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "broker_service/events/event_log.h"
#include "broker_service/faults/faults.h"
#include "broker_service/journal/commit_points.h"
#include "broker_service/text.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace resource_broker::broker {
namespace {

// Ended operations a transaction forgets at most, so that none takes long.
constexpr int kForgetAtOnce = 64;

// A write-ahead log of this length is moved into the file: 4 MiB, as SQLite does by itself.
constexpr int kLongLogPages = 1000;

// A write without content, with what is needed to pass it on.
constexpr uint64_t kWriteBytes = 256;

uint64_t BytesOf(const JournalWrite& write) {
  uint64_t bytes = kWriteBytes;
  if (write.request != nullptr) bytes += write.request->ByteSizeLong();
  for (const v1::Event& event : write.events) bytes += event.ByteSizeLong();
  return bytes;
}

// Which write it is, for the log.
std::string NameOf(const JournalWrite& write, const ResourceRecord& record) {
  if (!write.operation_id.empty()) return absl::StrCat("op=", Hex(write.operation_id));
  return record.resource.empty() ? "the queue" : absl::StrCat("resource \"", record.resource, "\"");
}

uint64_t BytesOf(const ResourceRecord& record) {
  return kWriteBytes + record.resource.size() + record.lock_reason.size();
}

// The bytes of an OperationRecord that has the write's events, without a copy of them.
std::string EventsOf(const JournalWrite& write) {
  // A field's number and, in the lower three bits, that its length follows.
  constexpr uint32_t kTag = v1::OperationRecord::kEventsFieldNumber << 3 | 2;
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  for (const v1::Event& event : write.events) {
    out.WriteTag(kTag);
    out.WriteVarint32(static_cast<uint32_t>(event.ByteSizeLong()));
    event.SerializeWithCachedSizes(&out);
  }
  out.Trim();
  return bytes;
}

}  // namespace

absl::StatusOr<std::unique_ptr<JournalWriter>> JournalWriter::Start(Database database, const JournalOptions& options) {
  std::unique_ptr<JournalWriter> writer(new JournalWriter(std::move(database), options));
  if (absl::Status status = writer->Prepare(); !status.ok()) return status;
  writer->thread_ = std::thread([writer = writer.get()] { writer->Run(); });
  return writer;
}

absl::Status JournalWriter::Prepare() {
  absl::Status prepared = database_.PrepareAll({
      {&statements_.begin, "BEGIN IMMEDIATE"},
      {&statements_.commit, "COMMIT"},
      {&statements_.rollback, "ROLLBACK"},
      {&statements_.insert_operation,
       "INSERT INTO operations (number, id, resource, request, properties, in_buffer, in_buffer_bytes, module_step, "
       "module, kind, destination, accepted_us, last_event, last_event_us, beginning) "
       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"},
      {&statements_.insert_event, "INSERT INTO events (operation, sequence, event) VALUES (?1, ?2, ?3)"},
      {&statements_.update_operation,
       "UPDATE operations SET module_step = iif(?2 = 0, module_step, ?2), last_event = ?3, last_event_us = ?4 "
       "WHERE number = ?1"},
      {&statements_.end_operation,
       "UPDATE operations SET properties = NULL, in_buffer = NULL, ended_number = ?2, ended_at = ?3, "
       "last_event = ?4, last_event_us = ?5, ending = ?6 WHERE number = ?1"},
      {&statements_.save_state,
       "INSERT INTO resources (resource, state, intended_state, locked, lock_reason) VALUES (?1, ?2, ?3, 0, '') "
       "ON CONFLICT (resource) DO UPDATE SET state = ?2, intended_state = ?3"},
      {&statements_.save_lock,
       "INSERT INTO resources (resource, intended_state, locked, lock_reason) VALUES (?1, 0, ?2, ?3) "
       "ON CONFLICT (resource) DO UPDATE SET locked = ?2, lock_reason = ?3"},
      {&statements_.forget_silent,
       "DELETE FROM resources WHERE resource = ?1 AND state = 0 AND intended_state = 0 AND locked = 0"},
      {&statements_.pause, "INSERT OR REPLACE INTO pause (only, reason, since_us) VALUES (1, ?1, ?2)"},
      {&statements_.resume, "DELETE FROM pause"},
      {&statements_.find_old,
       "SELECT number, ended_at FROM operations WHERE ended_number IS NOT NULL ORDER BY ended_number LIMIT 1"},
      {&statements_.delete_events, "DELETE FROM events WHERE operation = ?1"},
      {&statements_.delete_operation, "DELETE FROM operations WHERE number = ?1"},
  });
  if (!prepared.ok()) return prepared;
  if (absl::Status status = ReadPending(); !status.ok()) return status;
  const absl::StatusOr<int64_t> number = database_.Integer("SELECT max(number) FROM operations");
  if (!number.ok()) return number.status();
  last_number_ = *number;
  const absl::StatusOr<int64_t> last = database_.Integer(
      "SELECT ended_number FROM operations WHERE ended_number IS NOT NULL ORDER BY ended_number DESC LIMIT 1");
  if (!last.ok()) return last.status();
  last_ended_ = *last;
  // Files of before count Unix seconds here, and go on from the last of them.
  const absl::StatusOr<int64_t> age =
      database_.Integer("SELECT max(ended_at) FROM operations WHERE ended_number IS NOT NULL");
  if (!age.ok()) return age.status();
  age_at_start_ = *age;
  started_ = options_.monotonic();
  const absl::StatusOr<int64_t> count =
      database_.Integer("SELECT count(*) FROM operations WHERE ended_number IS NOT NULL");
  if (!count.ok()) return count.status();
  database_.CheckpointByHand();
  absl::MutexLock lock(&mu_);
  ended_count_ = static_cast<uint64_t>(*count);
  last_end_ = static_cast<uint64_t>(last_ended_);
  return absl::OkStatus();
}

absl::Status JournalWriter::ReadPending() {
  absl::StatusOr<Statement> pending = database_.Prepare(
      "SELECT id, number, beginning, (SELECT max(sequence) FROM events WHERE operation = number) FROM operations "
      "WHERE ended_number IS NULL");
  if (!pending.ok()) return pending.status();
  while (true) {
    const absl::StatusOr<bool> row = pending->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    auto last = static_cast<uint64_t>(pending->Integer(3));
    v1::OperationRecord beginning;
    const std::string_view bytes = pending->Bytes(2);
    // One that is damaged is found so when it is loaded.
    if (last == 0 && beginning.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
        beginning.events_size() > 0) {
      last = beginning.events().rbegin()->sequence();
    }
    pending_[std::string(pending->Bytes(0))] = {pending->Integer(1), last};
  }
}

JournalWriter::~JournalWriter() { Stop(); }

void JournalWriter::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void JournalWriter::Close() {
  statements_ = Statements();
  database_ = Database();
}

void JournalWriter::Append(JournalWrite write, Journal::Durable durable) {
  const uint64_t bytes = BytesOf(write);
  Queue({Task::Kind::kEvents, std::move(write), {}, {}, bytes, std::move(durable)});
}

void JournalWriter::SaveState(ResourceRecord record, Journal::Durable durable) {
  const uint64_t bytes = BytesOf(record);
  Queue({Task::Kind::kState, {}, std::move(record), {}, bytes, std::move(durable)});
}

void JournalWriter::SaveLock(ResourceRecord record, Journal::Durable durable) {
  const uint64_t bytes = BytesOf(record);
  Queue({Task::Kind::kLock, {}, std::move(record), {}, bytes, std::move(durable)});
}

void JournalWriter::SavePause(PauseRecord record, Journal::Durable durable) {
  const uint64_t bytes = kWriteBytes + record.reason.size();
  Queue({Task::Kind::kPause, {}, {}, std::move(record), bytes, std::move(durable)});
}

void JournalWriter::Queue(Task task) {
  absl::Status refused = absl::UnavailableError("the journal is closed");
  {
    absl::MutexLock lock(&mu_);
    // One that is larger than the limit may come, alone.
    const bool room = backlog_bytes_ == 0 || backlog_bytes_ + task.bytes <= options_.max_backlog_bytes;
    if (!stopped_ && room && waiting_.size() < kMaxWaiting) {
      backlog_bytes_ += task.bytes;
      waiting_.push_back(std::move(task));
      return;
    }
    if (!stopped_ && !room) {
      refused = absl::ResourceExhaustedError(
          absl::StrCat("limits.max_journal_backlog_bytes: ", backlog_bytes_, " bytes wait for the journal"));
    } else if (!stopped_) {
      refused = absl::ResourceExhaustedError(absl::StrCat(kMaxWaiting, " writes wait for the journal"));
    }
  }
  task.durable(std::move(refused));
}

uint64_t JournalWriter::ended_count() const {
  absl::MutexLock lock(&mu_);
  return ended_count_;
}

uint64_t JournalWriter::last_end() const {
  absl::MutexLock lock(&mu_);
  return last_end_;
}

JournalBacklog JournalWriter::backlog() const {
  absl::MutexLock lock(&mu_);
  return {waiting_.size() + being_written_, backlog_bytes_};
}

uint64_t JournalWriter::commits() const {
  absl::MutexLock lock(&mu_);
  return commits_;
}

void JournalWriter::Run() {
  const auto something = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !waiting_.empty() || stopping_; };
  while (true) {
    std::vector<Task> tasks;
    {
      absl::MutexLock lock(&mu_);
      mu_.Await(absl::Condition(&something));
      stopped_ = waiting_.empty();
      if (stopped_) return;
      tasks.swap(waiting_);
      being_written_ = tasks.size();
    }
    Write(std::move(tasks));
    Checkpoint();
  }
}

// After those who waited for the transaction have been told, not within it: it takes some milliseconds.
void JournalWriter::Checkpoint() {
  if (database_.log_pages() < kLongLogPages) return;
  const SlowSteps::Step step = BeginStep(options_.slow_steps, "journal.checkpoint", [] { return std::string(); });
  // What can't be moved now (a full disk, a reader) stays in the log, where it is as durable, and the next one moves
  // it.
  database_.Checkpoint().IgnoreError();
}

void JournalWriter::Write(std::vector<Task> tasks) {
  std::vector<absl::Status> results(tasks.size());
  uint64_t bytes = 0;
  for (const Task& task : tasks) bytes += task.bytes;
  changed_.clear();
  ended_ids_.clear();
  ended_delta_ = 0;
  const int64_t last_ended = last_ended_;
  const int64_t last_number = last_number_;
  SlowSteps::Step step = BeginStep(options_.slow_steps, "journal.commit", [&tasks] {
    return absl::StrCat(tasks.size(), " writes, the first of ", NameOf(tasks.front().write, tasks.front().record));
  });
  const absl::Duration begun = SteadyTime();
  absl::Status whole = statements_.begin.Run();
  for (size_t i = 0; whole.ok() && i < tasks.size(); ++i) whole = WriteOne(tasks[i], &results[i]);
  if (whole.ok() && more_to_forget_) whole = ForgetSome();
  if (whole.ok()) whole = Commit(tasks);
  if (whole.ok()) {
    for (auto& [id, pending] : changed_) pending_[id] = pending;
    for (const std::string& id : ended_ids_) pending_.erase(id);
    absl::MutexLock lock(&mu_);
    ended_count_ = static_cast<uint64_t>(static_cast<int64_t>(ended_count_) + ended_delta_);
    last_end_ = static_cast<uint64_t>(last_ended_);
    ++commits_;
  } else {
    // SQLite may have rolled it back by itself; then this fails, and that is fine.
    statements_.rollback.Run().IgnoreError();
    last_ended_ = last_ended;
    last_number_ = last_number;
  }
  step.End();
  NoteResult(whole);
  if (whole.ok() && options_.committed) options_.committed(SteadyTime() - begun);
  {
    // Before anybody is told, who may come with the next.
    absl::MutexLock lock(&mu_);
    backlog_bytes_ -= bytes;
    being_written_ = 0;
  }
  for (size_t i = 0; i < tasks.size(); ++i) tasks[i].durable(whole.ok() ? std::move(results[i]) : whole);
}

void JournalWriter::NoteResult(const absl::Status& result) {
  const bool refused_before = std::exchange(refuses_, !result.ok());
  if (!result.ok() && !refused_before) RaiseEvent(EventId::kJournalRefuses, result.message());
  if (result.ok() && refused_before) RaiseEvent(EventId::kJournalAccepts);
}

absl::Status JournalWriter::Commit(const std::vector<Task>& tasks) {
  CommitPoints points;
  for (const Task& task : tasks) points.Add(task.write.events);
  absl::Status status = points.Before();
  if (status.ok()) status = statements_.commit.Run();
  if (status.ok()) points.After();
  return status;
}

absl::Status JournalWriter::WriteOne(const Task& task, absl::Status* refused) {
  if (task.kind == Task::Kind::kState) return WriteState(task.record);
  if (task.kind == Task::Kind::kLock) return WriteLock(task.record);
  if (task.kind == Task::Kind::kPause) return WritePause(task.pause);
  if (task.write.events.empty()) {
    *refused = absl::InvalidArgumentError("a journal write without events");
    return absl::OkStatus();
  }
  return WriteEvents(task.write, refused);
}

absl::Status JournalWriter::WriteEvents(const JournalWrite& write, absl::Status* refused) {
  const auto changed = changed_.find(write.operation_id);
  const auto kept = pending_.find(write.operation_id);
  Pending pending;
  bool first_write = false;
  if (changed != changed_.end()) {
    pending = changed->second;
  } else if (kept != pending_.end()) {
    pending = kept->second;
  } else {
    absl::Status status = Begin(write, &pending, refused);
    if (!status.ok() || !refused->ok()) return status;
    first_write = true;
  }
  const uint64_t first = write.events.front().sequence();
  if (pending.last_sequence != 0 && first != pending.last_sequence + 1) {
    *refused = absl::FailedPreconditionError(absl::StrCat("op=", Hex(write.operation_id), " event ", first, " where ",
                                                          pending.last_sequence + 1, " follows"));
    return absl::OkStatus();
  }
  pending.last_sequence = write.events.back().sequence();
  changed_[write.operation_id] = pending;
  if (write.resource.has_value()) {
    if (absl::Status status = WriteState(*write.resource); !status.ok()) return status;
  }
  if (IsFinal(write.events.back().kind())) return End(write, pending, first_write);
  return first_write ? absl::OkStatus() : Continue(write, pending);
}

absl::Status JournalWriter::Begin(const JournalWrite& write, Pending* pending, absl::Status* refused) {
  if (write.request == nullptr) {
    *refused = absl::NotFoundError(absl::StrCat("op=", Hex(write.operation_id), " is not pending"));
    return absl::OkStatus();
  }
  const v1::OperationRequest& request = *write.request;
  const std::string bytes = WithoutContent(request).SerializeAsString();
  v1::OperationRequest only_properties;
  *only_properties.mutable_properties() = request.properties();
  const std::string properties = only_properties.SerializeAsString();
  const std::string destination = absl::AsciiStrToLower(request.destination_node());
  const std::string events = EventsOf(write);
  Statement& insert = statements_.insert_operation;
  insert.Bind(1, last_number_ + 1).BindBlob(2, write.operation_id).BindText(3, request.resource());
  insert.BindBlob(4, bytes).BindBlob(5, properties).Bind(8, static_cast<int64_t>(write.module_step));
  insert.BindText(9, request.module()).Bind(10, request.kind()).BindText(11, destination);
  insert.Bind(12, write.events.front().time_unix_us());
  insert.Bind(13, write.events.back().kind()).Bind(14, write.events.back().time_unix_us()).BindBlob(15, events);
  // What is not bound is null.
  if (request.has_in_buffer()) {
    insert.BindBlob(6, request.in_buffer()).Bind(7, static_cast<int64_t>(request.in_buffer().size()));
  }
  absl::Status status = insert.Run();
  if (absl::IsAlreadyExists(status)) {
    *refused = absl::AlreadyExistsError(absl::StrCat("op=", Hex(write.operation_id), " has ended before"));
    return absl::OkStatus();
  }
  if (status.ok()) pending->number = ++last_number_;
  return status;
}

absl::Status JournalWriter::Continue(const JournalWrite& write, const Pending& pending) {
  for (const v1::Event& event : write.events) {
    const std::string bytes = event.SerializeAsString();
    absl::Status status = statements_.insert_event.Bind(1, pending.number)
                              .Bind(2, static_cast<int64_t>(event.sequence()))
                              .BindBlob(3, bytes)
                              .Run();
    if (!status.ok()) return status;
  }
  return statements_.update_operation.Bind(1, pending.number)
      .Bind(2, static_cast<int64_t>(write.module_step))
      .Bind(3, write.events.back().kind())
      .Bind(4, write.events.back().time_unix_us())
      .Run();
}

absl::Status JournalWriter::End(const JournalWrite& write, const Pending& pending, bool first_write) {
  ended_ids_.push_back(write.operation_id);
  ++ended_delta_;
  more_to_forget_ = true;
  Statement& end = statements_.end_operation;
  end.Bind(1, pending.number).Bind(2, ++last_ended_).Bind(3, Age());
  end.Bind(4, write.events.back().kind()).Bind(5, write.events.back().time_unix_us());
  const std::string events = first_write ? "" : EventsOf(write);
  if (!first_write) end.BindBlob(6, events);
  return end.Run();
}

absl::Status JournalWriter::WriteState(const ResourceRecord& record) {
  absl::Status status =
      statements_.save_state.BindText(1, record.resource).Bind(2, record.state).Bind(3, record.intended_state).Run();
  const bool silent =
      record.state == v1::RESOURCE_STATE_UNSPECIFIED && record.intended_state == v1::RESOURCE_STATE_UNSPECIFIED;
  if (!status.ok() || !silent) return status;
  return statements_.forget_silent.BindText(1, record.resource).Run();
}

absl::Status JournalWriter::WriteLock(const ResourceRecord& record) {
  absl::Status status = statements_.save_lock.BindText(1, record.resource)
                            .Bind(2, record.locked ? 1 : 0)
                            .BindText(3, record.lock_reason)
                            .Run();
  if (!status.ok() || record.locked) return status;
  return statements_.forget_silent.BindText(1, record.resource).Run();
}

absl::Status JournalWriter::WritePause(const PauseRecord& record) {
  if (!record.paused) return statements_.resume.Run();
  return statements_.pause.BindText(1, record.reason).Bind(2, record.since_unix_us).Run();
}

int64_t JournalWriter::Age() const { return age_at_start_ + absl::ToInt64Seconds(options_.monotonic() - started_); }

absl::Status JournalWriter::ForgetSome() {
  uint64_t count = 0;
  {
    absl::MutexLock lock(&mu_);
    count = static_cast<uint64_t>(static_cast<int64_t>(ended_count_) + ended_delta_);
  }
  const bool ages = options_.max_age > absl::ZeroDuration();
  const int64_t oldest = ages ? Age() - absl::ToInt64Seconds(options_.max_age) : 0;
  for (int i = 0; i < kForgetAtOnce; ++i) {
    const absl::StatusOr<bool> row = statements_.find_old.Step();
    if (!row.ok()) return row.status();
    more_to_forget_ = *row;
    if (!*row) return absl::OkStatus();
    const int64_t number = statements_.find_old.Integer(0);
    const bool too_old = ages && statements_.find_old.Integer(1) < oldest;
    statements_.find_old.Reset();
    more_to_forget_ = too_old || count > options_.max_ended;
    if (!more_to_forget_) return absl::OkStatus();
    absl::Status status = BeforeFaultPoint(FaultPoint::kJournalForget);
    if (status.ok()) status = statements_.delete_events.Bind(1, number).Run();
    if (status.ok()) status = statements_.delete_operation.Bind(1, number).Run();
    if (!status.ok()) return status;
    AfterFaultPoint(FaultPoint::kJournalForget);
    --count;
    --ended_delta_;
  }
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
