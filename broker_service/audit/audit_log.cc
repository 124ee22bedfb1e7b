#include "broker_service/audit/audit_log.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/events/event_log.h"
#include "broker_service/log.h"

namespace resource_broker::broker {
namespace {

// What outcomes of changes that have begun find room for.
constexpr size_t kMaxOutcomes = 2 * AuditLog::kMaxWaiting;

constexpr uint32_t kUnknown = static_cast<uint32_t>(absl::StatusCode::kUnknown);
constexpr char kNoOutcome[] = "the broker ended before the outcome was written down: it may have been done or not";

// So many refusals of a kind within a minute are more than somebody's mistake.
constexpr uint32_t kManyRefusals = 10;

void LogRecord(const v1::AuditRecord& record) {
  const std::string times = record.repeated() == 0 ? "" : absl::StrCat(" (", record.repeated(), " times)");
  Log(record.code() == 0 ? LogLevel::kInfo : LogLevel::kWarning, "audit: ", record.method(), times, " by \"",
      record.identity(), "\" from ", record.from(), record.subject().empty() ? "" : ", ", record.subject(), ": ",
      record.code() == 0 ? "done" : absl::StrCat(record.message(), " (", record.code(), ")"));
}

}  // namespace

AuditLog::AuditLog(AuditOptions options) : options_(std::move(options)) {
  // Ids of attempts are never given twice, also not by the next broker.
  last_attempt_ = static_cast<uint64_t>(options_.clock->WallMicros());
  // Now rather than later: the first change need not wait.
  std::vector<AuditEntry> nothing;
  Write(&nothing);
  thread_ = std::thread([this] { Run(); });
}

AuditLog::~AuditLog() { Stop(); }

absl::StatusOr<uint64_t> AuditLog::Begin(v1::AuditRecord record) {
  Stamp(&record);
  record.set_code(kUnknown);
  record.set_message(kNoOutcome);
  absl::MutexLock lock(&mu_);
  if (stopping_) return absl::UnavailableError("the broker is stopping");
  if (!failure_.empty()) {
    return absl::UnavailableError(
        absl::StrCat("nothing can be changed while the audit log can't be written: ", failure_));
  }
  if (waiting_.size() >= kMaxWaiting) {
    return absl::ResourceExhaustedError(absl::StrCat(kMaxWaiting, " records wait for the audit log"));
  }
  waiting_.push_back({AuditEntry::Kind::kAttempt, ++last_attempt_, std::move(record)});
  return last_attempt_;
}

void AuditLog::Add(v1::AuditRecord record, uint64_t attempt) {
  Stamp(&record);
  LogRecord(record);
  absl::MutexLock lock(&mu_);
  Queue({AuditEntry::Kind::kRecord, attempt, std::move(record)});
}

void AuditLog::Queue(AuditEntry entry) {
  if (!stopping_ && waiting_.size() < kMaxOutcomes) {
    waiting_.push_back(std::move(entry));
  } else {
    ++lost_;
  }
}

void AuditLog::AddRefused(v1::AuditRecord record) {
  Stamp(&record);
  absl::MutexLock lock(&mu_);
  if (!sums_.Add(record, options_.clock->Monotonic())) return;
  LogRecord(record);
  Queue({AuditEntry::Kind::kRecord, 0, std::move(record)});
}

void AuditLog::QueueSums(bool all) {
  for (v1::AuditRecord& record : sums_.Take(options_.clock->Monotonic(), all)) {
    LogRecord(record);
    if (record.repeated() >= kManyRefusals) {
      RaiseEvent(EventId::kAccessRefusedOften, record.method(), record.repeated(), record.identity(), record.from(),
                 record.message());
    }
    // Few, and the last ones come when all else is refused already.
    waiting_.push_back({AuditEntry::Kind::kRecord, 0, std::move(record)});
  }
}

void AuditLog::Run() {
  const auto something = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !waiting_.empty() || stopping_; };
  std::vector<AuditEntry> batch;
  bool written = true;
  bool last = false;
  while (!last) {
    {
      absl::MutexLock lock(&mu_);
      if (!written || file_ == nullptr) {
        mu_.AwaitWithTimeout(absl::Condition(&stopping_), options_.retry);
      } else {
        mu_.AwaitWithTimeout(absl::Condition(&something), sums_.due() - options_.clock->Monotonic());
      }
      QueueSums(/*all=*/stopping_);
      last = stopping_;
      // What could not be written goes first; what waits behind it is bounded.
      if (batch.empty() || last) {
        std::move(waiting_.begin(), waiting_.end(), std::back_inserter(batch));
        waiting_.clear();
      }
    }
    written = Write(&batch);
  }
  absl::MutexLock lock(&mu_);
  if (!batch.empty() || lost_ != 0) {
    LogError("the audit log lacks ", batch.size() + lost_, " records, which only this log has");
  }
}

bool AuditLog::Write(std::vector<AuditEntry>* batch) {
  absl::Status status;
  std::string notice;
  if (file_ == nullptr) {
    auto opened =
        AuditFile::Open(options_.file, options_.limits, [clock = options_.clock] { return clock->Monotonic(); });
    status = opened.status();
    if (opened.ok()) {
      file_ = *std::move(opened);
      notice = file_->notice();
    }
  }
  if (status.ok() && !batch->empty()) status = file_->Append(*batch);
  if (status.ok()) batch->clear();
  absl::MutexLock lock(&mu_);
  if (!notice.empty()) notice_ = std::move(notice);
  const std::string failure(status.message());
  if (!status.ok() && failure != failure_) RaiseEvent(EventId::kAuditRefuses, failure);
  if (status.ok() && was_refused_) RaiseEvent(EventId::kAuditAccepts, options_.file.u8string());
  was_refused_ = !status.ok();
  failure_ = failure;
  return status.ok();
}

absl::StatusOr<v1::ListAuditRecordsResponse> AuditLog::List(const v1::ListAuditRecordsRequest& request) {
  absl::MutexLock lock(&read_mu_);
  if (!reader_.has_value()) {
    absl::StatusOr<AuditReader> reader = AuditReader::Open(options_.file);
    if (!reader.ok()) return absl::UnavailableError(reader.status().message());
    reader_ = *std::move(reader);
  }
  return reader_->List(request);
}

std::vector<std::string> AuditLog::Notices() const {
  std::vector<std::string> notices;
  absl::MutexLock lock(&mu_);
  if (!failure_.empty()) {
    notices.push_back(absl::StrCat("the audit log can't be written, so nothing can be changed: ", failure_));
  }
  if (!notice_.empty()) notices.push_back(notice_);
  if (lost_ != 0) notices.push_back(absl::StrCat("the audit log lacks ", lost_, " records, which are in the log"));
  return notices;
}

void AuditLog::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
  file_.reset();
  absl::MutexLock lock(&read_mu_);
  reader_.reset();
}

}  // namespace resource_broker::broker
