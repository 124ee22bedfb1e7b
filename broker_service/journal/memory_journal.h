// A journal that lasts as long as the process.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/journal/journal.h"

namespace resource_broker::broker {

// Everything is "durable" at once, and nothing is ever forgotten: for tests, and to measure what a file costs.
class MemoryJournal : public Journal {
 public:
  absl::StatusOr<JournalContents> Load() override;
  void Append(JournalWrite write, Durable durable) override;
  void SaveState(ResourceRecord record, Durable durable) override;
  void SaveLock(ResourceRecord record, Durable durable) override;
  void SavePause(PauseRecord record, Durable durable) override;
  absl::StatusOr<v1::OperationRecord> Find(const std::string& operation_id) override;
  absl::StatusOr<v1::ListOperationsResponse> List(const v1::ListOperationsRequest& request) override;
  uint64_t EndedCount() override;
  uint64_t LastEnd() override;
  absl::StatusOr<EndedPage> Ended(const EndedQuery& query) override;

 private:
  struct Entry {
    uint64_t number = 0;
    // Once the operation has ended, a copy without InBuffer and properties.
    std::shared_ptr<const v1::OperationRequest> request;
    std::optional<uint32_t> in_buffer_bytes;
    std::vector<v1::Event> events;
    uint64_t module_step = 0;
  };

  void KeepState(const ResourceRecord& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ForgetSilent(const std::string& resource) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  static absl::Status Check(const Entry* known, const JournalWrite& write);
  static void FillOperation(const Entry& entry, v1::OperationRecord* record);

  absl::Mutex mu_;
  uint64_t last_number_ ABSL_GUARDED_BY(mu_) = 0;
  // In the order of their ends.
  std::vector<std::string> ended_ ABSL_GUARDED_BY(mu_);
  PauseRecord pause_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, ResourceRecord> resources_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mu_);
  // By age, for pages.
  std::map<uint64_t, std::string> by_number_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
