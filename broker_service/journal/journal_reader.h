// One connection that reads the journal's file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/journal/journal.h"
#include "broker_service/journal/sqlite.h"

namespace resource_broker::broker {

// One reader at a time, on the thread of who asks. Waits for no writer. Thread-safe.
class JournalReader {
 public:
  // `file` has the current schema.
  static absl::StatusOr<std::unique_ptr<JournalReader>> Open(const std::filesystem::path& file);

  // Lets go of the file; what is asked later is answered Unavailable.
  void Close();

  // See Journal.
  absl::StatusOr<JournalContents> Load();
  absl::StatusOr<v1::OperationRecord> Find(const std::string& operation_id);
  absl::StatusOr<v1::ListOperationsResponse> List(const v1::ListOperationsRequest& request);
  absl::StatusOr<EndedPage> Ended(const EndedQuery& query);

 private:
  explicit JournalReader(std::filesystem::path file) : file_(std::move(file)) {}
  absl::Status Opened() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Unreadable(int64_t number) const;
  absl::Status ReadPending(JournalContents* contents) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status ReadResources(JournalContents* contents) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status ReadPause(JournalContents* contents) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Of the operation that `row` is at: what it is, its events, and the last of them.
  absl::Status ReadOperation(const Statement& row, v1::OperationRecord* record) const;
  absl::Status ReadEvents(const Statement& row, v1::OperationRecord* record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status ReadLastEvent(const Statement& row, v1::OperationRecord* record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Of the ends after which there may be something at or after `from_unix_us`, the first.
  absl::StatusOr<uint64_t> EndBefore(int64_t from_unix_us) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::filesystem::path file_;
  absl::Mutex mu_;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  Database database_ ABSL_GUARDED_BY(mu_);
  Statement find_ ABSL_GUARDED_BY(mu_);
  Statement events_ ABSL_GUARDED_BY(mu_);
  Statement last_event_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
