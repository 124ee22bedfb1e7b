#include "broker_service/journal/journal_writer.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/faults/faults.h"
#include "broker_service/journal/commit_points.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

// Ended operations a transaction forgets at most, so that none takes long.
constexpr int kForgetAtOnce = 64;

}  // namespace

absl::StatusOr<std::unique_ptr<JournalWriter>> JournalWriter::Start(Database database,
                                                                    const JournalRetention& retention) {
  std::unique_ptr<JournalWriter> writer(new JournalWriter(std::move(database), retention));
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
       "INSERT INTO operations (id, resource, request, properties, in_buffer, in_buffer_bytes, module_step) "
       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0) RETURNING number"},
      {&statements_.find_ended, "SELECT 1 FROM operations WHERE id = ?1"},
      {&statements_.insert_event, "INSERT INTO events (operation, sequence, event) VALUES (?1, ?2, ?3)"},
      {&statements_.update_step, "UPDATE operations SET module_step = ?2 WHERE number = ?1"},
      {&statements_.end_operation,
       "UPDATE operations SET properties = NULL, in_buffer = NULL, ended_number = ?2, ended_at = ?3 "
       "WHERE number = ?1"},
      {&statements_.save_resource,
       "INSERT OR REPLACE INTO resources (resource, intended_state, locked, lock_reason) VALUES (?1, ?2, ?3, ?4)"},
      {&statements_.delete_resource, "DELETE FROM resources WHERE resource = ?1"},
      {&statements_.find_old,
       "SELECT number, ended_at FROM operations WHERE ended_number IS NOT NULL ORDER BY ended_number LIMIT 1"},
      {&statements_.delete_events, "DELETE FROM events WHERE operation = ?1"},
      {&statements_.delete_operation, "DELETE FROM operations WHERE number = ?1"},
  });
  if (!prepared.ok()) return prepared;
  absl::StatusOr<Statement> pending = database_.Prepare(
      "SELECT id, number, (SELECT max(sequence) FROM events WHERE operation = number) FROM operations "
      "WHERE ended_number IS NULL");
  if (!pending.ok()) return pending.status();
  while (true) {
    const absl::StatusOr<bool> row = pending->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    pending_[std::string(pending->Bytes(0))] = {pending->Integer(1), static_cast<uint64_t>(pending->Integer(2))};
  }
  const absl::StatusOr<int64_t> last = database_.Integer(
      "SELECT ended_number FROM operations WHERE ended_number IS NOT NULL ORDER BY ended_number DESC LIMIT 1");
  if (!last.ok()) return last.status();
  last_ended_ = *last;
  const absl::StatusOr<int64_t> count =
      database_.Integer("SELECT count(*) FROM operations WHERE ended_number IS NOT NULL");
  if (!count.ok()) return count.status();
  absl::MutexLock lock(&mu_);
  ended_count_ = static_cast<uint64_t>(*count);
  return absl::OkStatus();
}

JournalWriter::~JournalWriter() { Stop(); }

void JournalWriter::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void JournalWriter::Append(JournalWrite write, Journal::Durable durable) {
  Task task;
  task.write = std::move(write);
  task.durable = std::move(durable);
  Queue(std::move(task));
}

void JournalWriter::SaveResource(ResourceRecord record, Journal::Durable durable) {
  Task task;
  task.record = std::move(record);
  task.is_record = true;
  task.durable = std::move(durable);
  Queue(std::move(task));
}

void JournalWriter::Queue(Task task) {
  absl::Status refused = absl::UnavailableError("the journal is closed");
  {
    absl::MutexLock lock(&mu_);
    if (!stopped_ && waiting_.size() < kMaxWaiting) {
      waiting_.push_back(std::move(task));
      return;
    }
    if (!stopped_) refused = absl::ResourceExhaustedError(absl::StrCat(kMaxWaiting, " writes wait for the journal"));
  }
  task.durable(std::move(refused));
}

uint64_t JournalWriter::ended_count() const {
  absl::MutexLock lock(&mu_);
  return ended_count_;
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
    }
    Write(std::move(tasks));
  }
}

void JournalWriter::Write(std::vector<Task> tasks) {
  std::vector<absl::Status> results(tasks.size());
  changed_.clear();
  ended_ids_.clear();
  ended_delta_ = 0;
  const int64_t last_ended = last_ended_;
  absl::Status whole = statements_.begin.Run();
  for (size_t i = 0; whole.ok() && i < tasks.size(); ++i) whole = WriteOne(tasks[i], &results[i]);
  if (whole.ok() && more_to_forget_) whole = ForgetSome();
  if (whole.ok()) whole = Commit(tasks);
  if (whole.ok()) {
    for (auto& [id, pending] : changed_) pending_[id] = pending;
    for (const std::string& id : ended_ids_) pending_.erase(id);
    absl::MutexLock lock(&mu_);
    ended_count_ = static_cast<uint64_t>(static_cast<int64_t>(ended_count_) + ended_delta_);
    ++commits_;
  } else {
    // SQLite may have rolled it back by itself; then this fails, and that is fine.
    statements_.rollback.Run().IgnoreError();
    last_ended_ = last_ended;
  }
  for (size_t i = 0; i < tasks.size(); ++i) tasks[i].durable(whole.ok() ? std::move(results[i]) : whole);
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
  if (task.is_record) return WriteRecord(task.record);
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
  if (changed != changed_.end()) {
    pending = changed->second;
  } else if (kept != pending_.end()) {
    pending = kept->second;
  } else {
    absl::Status status = Begin(write, &pending, refused);
    if (!status.ok() || !refused->ok()) return status;
  }
  const uint64_t first = write.events.front().sequence();
  if (pending.last_sequence != 0 && first != pending.last_sequence + 1) {
    *refused = absl::FailedPreconditionError(absl::StrCat("op=", Hex(write.operation_id), " event ", first, " where ",
                                                          pending.last_sequence + 1, " follows"));
    return absl::OkStatus();
  }
  for (const v1::Event& event : write.events) {
    const std::string bytes = event.SerializeAsString();
    absl::Status status = statements_.insert_event.Bind(1, pending.number)
                              .Bind(2, static_cast<int64_t>(event.sequence()))
                              .BindBlob(3, bytes)
                              .Run();
    if (!status.ok()) return status;
  }
  pending.last_sequence = write.events.back().sequence();
  changed_[write.operation_id] = pending;
  if (IsFinal(write.events.back().kind())) return End(write, pending);
  if (write.module_step == 0) return absl::OkStatus();
  return statements_.update_step.Bind(1, pending.number).Bind(2, static_cast<int64_t>(write.module_step)).Run();
}

absl::Status JournalWriter::Begin(const JournalWrite& write, Pending* pending, absl::Status* refused) {
  const absl::StatusOr<bool> ended = statements_.find_ended.BindBlob(1, write.operation_id).Step();
  if (!ended.ok()) return ended.status();
  if (*ended) statements_.find_ended.Reset();
  if (*ended && write.request != nullptr) {
    *refused = absl::AlreadyExistsError(absl::StrCat("op=", Hex(write.operation_id), " has ended before"));
    return absl::OkStatus();
  }
  if (*ended || write.request == nullptr) {
    *refused = absl::NotFoundError(absl::StrCat("op=", Hex(write.operation_id), " is not pending"));
    return absl::OkStatus();
  }
  const v1::OperationRequest& request = *write.request;
  const std::string bytes = WithoutContent(request).SerializeAsString();
  v1::OperationRequest only_properties;
  *only_properties.mutable_properties() = request.properties();
  const std::string properties = only_properties.SerializeAsString();
  Statement& insert = statements_.insert_operation;
  insert.BindBlob(1, write.operation_id).BindText(2, request.resource()).BindBlob(3, bytes).BindBlob(4, properties);
  // What is not bound is null.
  if (request.has_in_buffer()) {
    insert.BindBlob(5, request.in_buffer()).Bind(6, static_cast<int64_t>(request.in_buffer().size()));
  }
  const absl::StatusOr<bool> row = insert.Step();
  if (!row.ok()) return row.status();
  pending->number = insert.Integer(0);
  insert.Reset();
  return absl::OkStatus();
}

absl::Status JournalWriter::End(const JournalWrite& write, const Pending& pending) {
  ended_ids_.push_back(write.operation_id);
  ++ended_delta_;
  more_to_forget_ = true;
  return statements_.end_operation.Bind(1, pending.number)
      .Bind(2, ++last_ended_)
      .Bind(3, absl::ToUnixSeconds(absl::Now()))
      .Run();
}

absl::Status JournalWriter::WriteRecord(const ResourceRecord& record) {
  if (record.intended_state == v1::RESOURCE_STATE_UNSPECIFIED && !record.locked) {
    return statements_.delete_resource.BindText(1, record.resource).Run();
  }
  return statements_.save_resource.BindText(1, record.resource)
      .Bind(2, record.intended_state)
      .Bind(3, record.locked ? 1 : 0)
      .BindText(4, record.lock_reason)
      .Run();
}

absl::Status JournalWriter::ForgetSome() {
  uint64_t count = 0;
  {
    absl::MutexLock lock(&mu_);
    count = static_cast<uint64_t>(static_cast<int64_t>(ended_count_) + ended_delta_);
  }
  const bool ages = retention_.max_age > absl::ZeroDuration();
  const int64_t oldest = ages ? absl::ToUnixSeconds(absl::Now() - retention_.max_age) : 0;
  for (int i = 0; i < kForgetAtOnce; ++i) {
    const absl::StatusOr<bool> row = statements_.find_old.Step();
    if (!row.ok()) return row.status();
    more_to_forget_ = *row;
    if (!*row) return absl::OkStatus();
    const int64_t number = statements_.find_old.Integer(0);
    const bool too_old = ages && statements_.find_old.Integer(1) < oldest;
    statements_.find_old.Reset();
    more_to_forget_ = too_old || count > retention_.max_ended;
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
