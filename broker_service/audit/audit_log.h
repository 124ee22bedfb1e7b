// Who changed what on this node, or was kept from it: written down for good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/audit/audit_file.h"
#include "broker_service/audit/refusal_sums.h"
#include "broker_service/operations/clock.h"
#include "resource_broker/v1/audit.pb.h"

namespace resource_broker::broker {

struct AuditOptions {
  std::filesystem::path file;
  AuditLimits limits;
  // What could not be written is tried again after this.
  absl::Duration retry = absl::Milliseconds(500);
  // Must outlive the log.
  const Clock* clock = nullptr;
};

// Group commit on a thread of its own; nothing here waits for the disk but Stop and List. Where the file can't be
// opened or written, what was to be written waits in memory, no change may begin, and it is tried again. Every record
// is a line of the broker's log as well. Thread-safe.
class AuditLog {
 public:
  explicit AuditLog(AuditOptions options);
  ~AuditLog();

  // Announces a change by `record` (who, from where, what): an id for Add. ResourceExhausted: too many records wait.
  // Unavailable: the log can't be written, with the reason.
  absl::StatusOr<uint64_t> Begin(v1::AuditRecord record);

  // `record` without sequence, time and hash. `attempt` is over; 0: none was announced.
  void Add(v1::AuditRecord record, uint64_t attempt);

  // One of what may come in floods.
  void AddRefused(v1::AuditRecord record);

  // Blocks for as long as reading takes. Unavailable where there is no log yet.
  absl::StatusOr<v1::ListAuditRecordsResponse> List(const v1::ListAuditRecordsRequest& request);

  // What an administrator should look into: why it can't be written, or what was found wrong in the file.
  std::vector<std::string> Notices() const;

  // Writes what waits, and closes the file. What comes later is a line of the log only, and no change may begin.
  void Stop();

  static constexpr size_t kMaxWaiting = 4096;

 private:
  void Run();
  // Whether it is on the disk.
  bool Write(std::vector<AuditEntry>* batch);
  void Queue(AuditEntry entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void QueueSums(bool all) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Stamp(v1::AuditRecord* record) const { record->set_unix_us(options_.clock->WallMicros()); }

  const AuditOptions options_;
  // Touched by the thread alone.
  std::unique_ptr<AuditFile> file_;

  mutable absl::Mutex mu_;
  std::vector<AuditEntry> waiting_ ABSL_GUARDED_BY(mu_);
  RefusalSums sums_ ABSL_GUARDED_BY(mu_);
  uint64_t last_attempt_ ABSL_GUARDED_BY(mu_) = 0;
  // Records of outcomes for which there was no room.
  uint64_t lost_ ABSL_GUARDED_BY(mu_) = 0;
  // Why the last write failed; empty: it did not.
  std::string failure_ ABSL_GUARDED_BY(mu_) = "it is not open yet";
  // Administrators were told so.
  bool was_refused_ ABSL_GUARDED_BY(mu_) = false;
  std::string notice_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;

  absl::Mutex read_mu_ ABSL_ACQUIRED_BEFORE(mu_);
  std::optional<AuditReader> reader_ ABSL_GUARDED_BY(read_mu_);
  std::thread thread_;
};

}  // namespace resource_broker::broker
