// How fast SQLite itself writes records that many wait for.
#pragma once

#include <cstddef>
#include <filesystem>

#include "absl/status/statusor.h"
#include "bench/samples.h"

namespace resource_broker::bench {

struct CommitRate {
  double operations_per_s = 0;
  // Each transaction, in microseconds.
  Samples commits_us;
};

// Group commit at its best: `at_once` operations in step, each of two records that must be durable one after the other
// (accepted, ended), so two transactions of `at_once` inserts for as many operations. No index, no other thread, no
// caller. The file is opened as the journal opens its own (a write-ahead log, every commit on the disk).
absl::StatusOr<CommitRate> MeasureSqliteLimit(const std::filesystem::path& file, size_t record_bytes, size_t at_once,
                                              Clock::duration time);

}  // namespace resource_broker::bench
