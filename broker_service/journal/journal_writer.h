// The one thread that writes to the journal's file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/journal/journal.h"
#include "broker_service/journal/journal_file.h"
#include "broker_service/journal/sqlite.h"
#include "broker_service/slow_step.h"
#include "broker_service/steady_time.h"

namespace resource_broker::broker {

struct JournalOptions {
  JournalFileOptions file;
  // Ended operations kept; beyond, the first that ended go first.
  uint64_t max_ended = 10000;
  // And no longer than this. Zero: for ever.
  absl::Duration max_age = absl::Hours(24 * 30);
  // Bytes of writes that are not written yet, as in BrokerConfig.Limits.
  uint64_t max_backlog_bytes = uint64_t{256} << 20;
  // What ages are counted with. The clock of the wall may be set a month ahead, which must forget nothing.
  std::function<absl::Duration()> monotonic = SteadyTime;
  // Told of commits; may be null. Must outlive the journal, or its Stop.
  SlowSteps* slow_steps = nullptr;
  // Told how long each transaction took, on the journal's thread; may be empty.
  std::function<void(absl::Duration)> committed;
};

// What waits to be written, or is being written.
struct JournalBacklog {
  uint64_t writes = 0;
  uint64_t bytes = 0;
};

// Group commit: all writes that wait when a transaction ends make up the next one. A write that SQLite could not carry
// out (a full disk, say) fails with all the others of its transaction, and none of them is written; what comes later is
// tried anew. Thread-safe.
class JournalWriter {
 public:
  // The database has the current schema.
  static absl::StatusOr<std::unique_ptr<JournalWriter>> Start(Database database, const JournalOptions& options);

  ~JournalWriter();

  // Writes what waits, and ends the thread. What comes later is refused as Unavailable. Idempotent.
  void Stop();

  // After Stop: closes the file.
  void Close();

  // See Journal. ResourceExhausted at once where kMaxWaiting writes wait, or max_backlog_bytes of them.
  void Append(JournalWrite write, Journal::Durable durable);
  void SaveState(ResourceRecord record, Journal::Durable durable);
  void SaveLock(ResourceRecord record, Journal::Durable durable);
  void SavePause(PauseRecord record, Journal::Durable durable);

  uint64_t ended_count() const;
  // See Journal::LastEnd.
  uint64_t last_end() const;
  JournalBacklog backlog() const;
  // Transactions so far.
  uint64_t commits() const;

  // Several thousand times what a module of 1,024 parallel operations can cause. What they hold is bounded in bytes.
  static constexpr size_t kMaxWaiting = 65536;

 private:
  struct Task {
    enum class Kind { kEvents, kState, kLock, kPause };
    Kind kind = Kind::kEvents;
    JournalWrite write;
    ResourceRecord record;
    PauseRecord pause;
    // What it holds, nearly.
    uint64_t bytes = 0;
    Journal::Durable durable;
  };
  // Of an operation that has not ended.
  struct Pending {
    int64_t number = 0;
    uint64_t last_sequence = 0;
  };
  using PendingMap = absl::flat_hash_map<std::string, Pending>;

  JournalWriter(Database database, const JournalOptions& options) : database_(std::move(database)), options_(options) {}
  absl::Status Prepare();
  absl::Status ReadPending();
  void Queue(Task task);
  void Run();

  // All on the thread.
  void Write(std::vector<Task> tasks);
  void Checkpoint();
  // The administrator is told when that changes.
  void NoteResult(const absl::Status& result);
  // What the write itself is refused for is returned in `refused`; an error means that the transaction is lost.
  absl::Status WriteOne(const Task& task, absl::Status* refused);
  absl::Status Commit(const std::vector<Task>& tasks);
  absl::Status WriteEvents(const JournalWrite& write, absl::Status* refused);
  absl::Status Begin(const JournalWrite& write, Pending* pending, absl::Status* refused);
  absl::Status Continue(const JournalWrite& write, const Pending& pending);
  absl::Status End(const JournalWrite& write, const Pending& pending, bool first_write);
  absl::Status WriteState(const ResourceRecord& record);
  absl::Status WriteLock(const ResourceRecord& record);
  absl::Status WritePause(const PauseRecord& record);
  absl::Status ForgetSome();
  // Seconds a broker has run with this file, as `ended_at` counts them.
  int64_t Age() const;

  Database database_;
  const JournalOptions options_;
  struct Statements {
    Statement begin, commit, rollback;
    Statement insert_operation, insert_event, update_operation, end_operation;
    Statement save_state, save_lock, forget_silent, pause, resume;
    Statement find_old, delete_events, delete_operation;
  } statements_;
  PendingMap pending_;
  // What the transaction under way changes of the above; in force when it is committed.
  PendingMap changed_;
  std::vector<std::string> ended_ids_;
  // The newest that were given.
  int64_t last_number_ = 0;
  int64_t last_ended_ = 0;
  // Age() when the file was opened, and when that was.
  int64_t age_at_start_ = 0;
  absl::Duration started_;
  int64_t ended_delta_ = 0;
  // Whether the last transaction was lost.
  bool refuses_ = false;
  // Forgetting goes on in the next transaction.
  bool more_to_forget_ = true;

  mutable absl::Mutex mu_;
  std::vector<Task> waiting_ ABSL_GUARDED_BY(mu_);
  // Of those that wait and those that are being written.
  uint64_t backlog_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t being_written_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t ended_count_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t last_end_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t commits_ ABSL_GUARDED_BY(mu_) = 0;
  std::thread thread_;
};

}  // namespace resource_broker::broker
