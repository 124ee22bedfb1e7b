// The audit log's file: records are added, and the oldest go.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "broker_service/journal/sqlite.h"
#include "resource_broker/v1/audit.pb.h"

namespace resource_broker::broker {

// What one transaction writes, in order.
struct AuditEntry {
  enum class Kind {
    // A change begins: `record` is what will be said of it if its outcome never comes.
    kAttempt,
    // Something is over; `attempt` with it, unless it is 0.
    kRecord,
  };
  Kind kind = Kind::kRecord;
  uint64_t attempt = 0;
  // Without `sequence` and `hash`.
  v1::AuditRecord record;
};

struct AuditLimits {
  uint64_t max_records = 1000000;
  // Of time that a broker has run: clocks that are set make nothing older.
  absl::Duration max_age = absl::Hours(24 * 365);
};

// SHA-256 over the hash of the record before, and `record` without `hash`.
std::string AuditHash(const std::string& before, v1::AuditRecord record);

// One thread. The file's own triggers refuse every UPDATE, every DELETE but that of the oldest, and every gap.
class AuditFile {
 public:
  // Makes the file where there is none, in a folder that is there. What was announced and has no outcome becomes
  // records. A file that is damaged is moved aside as <file>.damaged-<UTC time> and a new one begun; of that, and of a
  // chain of hashes that is broken, `notice` tells. Errors name the file.
  static absl::StatusOr<std::unique_ptr<AuditFile>> Open(const std::filesystem::path& file, const AuditLimits& limits,
                                                         std::function<absl::Duration()> monotonic);

  // Durable when it returns OK; after an error nothing of it is written.
  absl::Status Append(const std::vector<AuditEntry>& entries);

  const std::string& notice() const { return notice_; }

 private:
  AuditFile(const AuditLimits& limits, std::function<absl::Duration()> monotonic)
      : limits_(limits), monotonic_(std::move(monotonic)), started_(monotonic_()) {}

  absl::Status Prepare(const std::filesystem::path& file);
  absl::Status CheckTail();
  absl::Status EndAttempts();
  absl::Status Write(const AuditEntry& entry);
  absl::Status WriteRecord(const v1::AuditRecord& record);
  absl::Status ForgetSome();
  int64_t Age() const;

  const AuditLimits limits_;
  const std::function<absl::Duration()> monotonic_;
  const absl::Duration started_;
  std::string notice_;
  Database database_;
  Statement begin_, commit_, rollback_, insert_attempt_, delete_attempt_, insert_record_, find_young_, set_oldest_,
      delete_old_;
  // Of the last record; and what the transaction under way makes of them.
  uint64_t last_sequence_ = 0;
  std::string last_hash_;
  uint64_t first_sequence_ = 1;
  int64_t age_at_start_ = 0;
};

// For as many readers as like, beside the one that writes. One thread. Errors as those of Database.
class AuditReader {
 public:
  static absl::StatusOr<AuditReader> Open(const std::filesystem::path& file);

  // `request` is checked.
  absl::StatusOr<v1::ListAuditRecordsResponse> List(const v1::ListAuditRecordsRequest& request);

 private:
  explicit AuditReader(Database database) : database_(std::move(database)) {}

  Database database_;
};

}  // namespace resource_broker::broker
