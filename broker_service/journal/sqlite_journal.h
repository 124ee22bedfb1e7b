// The journal in an SQLite file.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/journal/journal.h"
#include "broker_service/journal/journal_file.h"
#include "broker_service/journal/journal_writer.h"

namespace resource_broker::broker {

// One connection writes, on a thread of its own; another reads, one reader at a time, on the thread of who asks.
// Neither waits for the other.
class SqliteJournal : public Journal {
 public:
  // Errors as OpenJournalFile. `file`'s folder is made for this account if need be.
  static absl::StatusOr<std::unique_ptr<SqliteJournal>> Open(const std::filesystem::path& file,
                                                             const JournalOptions& options);

  // Writes what waits; what comes later is refused as Unavailable. When it returns no callback runs any more.
  void Stop() { writer_->Stop(); }

  // Stop; then the write-ahead log is emptied, and the file is another broker's to open. What is asked later is
  // answered Unavailable.
  void Close();

  // What an administrator should know of how it was opened; empty if nothing.
  const std::string& notice() const { return notice_; }
  uint64_t commits() const { return writer_->commits(); }

  absl::StatusOr<JournalContents> Load() override;
  void Append(JournalWrite write, Durable durable) override;
  void SaveState(ResourceRecord record, Durable durable) override;
  void SaveLock(ResourceRecord record, Durable durable) override;
  absl::StatusOr<v1::OperationRecord> Find(const std::string& operation_id) override;
  absl::StatusOr<v1::ListOperationsResponse> List(const v1::ListOperationsRequest& request) override;
  uint64_t EndedCount() override { return writer_->ended_count(); }

 private:
  SqliteJournal() = default;
  absl::Status ReadEvents(int64_t number, std::vector<v1::Event>* events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The operation of the row `statement` is at; its events are left out.
  absl::Status ReadOperation(const Statement& row, v1::OperationRecord* record) const;
  absl::Status Unreadable(int64_t number) const;
  absl::Status Opened() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // In this order: the reader goes first, so that the writer's end empties the write-ahead log; the lock is let go of
  // last.
  std::filesystem::path file_;
  LockFile lock_;
  std::string notice_;
  std::unique_ptr<JournalWriter> writer_;
  absl::Mutex mu_;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  Database reader_ ABSL_GUARDED_BY(mu_);
  Statement find_ ABSL_GUARDED_BY(mu_);
  Statement events_ ABSL_GUARDED_BY(mu_);
  Statement last_event_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
