// A consistent copy of the journal, taken while it is used.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace resource_broker::broker {

// One file with all that was durable when it was begun. It is gone with this, or, if the process ends first, with the
// next RemoveLeftovers. For one thread at a time.
class JournalBackup {
 public:
  // Copies `journal` in steps of a few milliseconds, which no writer waits for; `go_on` is asked between them, and
  // Cancelled is answered when it says no. The copy lies beside the journal.
  static absl::StatusOr<std::unique_ptr<JournalBackup>> Take(const std::filesystem::path& journal,
                                                             const std::function<bool()>& go_on);
  // What a process that has ended left of one. While none is taken.
  static void RemoveLeftovers(const std::filesystem::path& journal);

  ~JournalBackup();
  JournalBackup(const JournalBackup&) = delete;
  JournalBackup& operator=(const JournalBackup&) = delete;

  uint64_t size() const { return size_; }
  // The next bytes, at most `limit`; none: that was all.
  absl::StatusOr<std::string> Read(size_t limit);

 private:
  explicit JournalBackup(std::filesystem::path journal) : journal_(std::move(journal)) {}

  const std::filesystem::path journal_;
  std::ifstream stream_;
  uint64_t size_ = 0;
};

}  // namespace resource_broker::broker
