// The journal in an SQLite file.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "broker_service/journal/journal.h"
#include "broker_service/journal/journal_file.h"
#include "broker_service/journal/journal_reader.h"
#include "broker_service/journal/journal_writer.h"

namespace resource_broker::broker {

// One connection writes, on a thread of its own. One reads what operations need; another what administrators want to
// see, who may ask for much. None waits for another.
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

  const std::filesystem::path& file() const { return file_; }
  // What an administrator should know of how it was opened; empty if nothing.
  const std::string& notice() const { return notice_; }
  uint64_t commits() const { return writer_->commits(); }
  JournalBacklog backlog() const { return writer_->backlog(); }

  absl::StatusOr<JournalContents> Load() override { return finds_->Load(); }
  void Append(JournalWrite write, Durable durable) override;
  void SaveState(ResourceRecord record, Durable durable) override;
  void SaveLock(ResourceRecord record, Durable durable) override;
  void SavePause(PauseRecord record, Durable durable) override;
  absl::StatusOr<v1::OperationRecord> Find(const std::string& operation_id) override {
    return finds_->Find(operation_id);
  }
  absl::StatusOr<v1::ListOperationsResponse> List(const v1::ListOperationsRequest& request) override {
    return lists_->List(request);
  }
  uint64_t EndedCount() override { return writer_->ended_count(); }
  uint64_t LastEnd() override { return writer_->last_end(); }
  absl::StatusOr<EndedPage> Ended(const EndedQuery& query) override { return lists_->Ended(query); }

 private:
  SqliteJournal() = default;

  // In this order: the readers go first, so that the writer's end empties the write-ahead log; the lock is let go of
  // last.
  std::filesystem::path file_;
  LockFile lock_;
  std::string notice_;
  std::unique_ptr<JournalWriter> writer_;
  std::unique_ptr<JournalReader> finds_;
  std::unique_ptr<JournalReader> lists_;
};

}  // namespace resource_broker::broker
