// A file that one process at a time holds.
#pragma once

#include <filesystem>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "broker_service/journal/sqlite.h"

namespace resource_broker::broker {

// Held while it lives; the system lets go of it if the process dies. It is SQLite's lock on an empty database, which is
// the same everywhere.
class LockFile {
 public:
  LockFile() = default;

  // Makes the file if need be, in a folder that is there. Aborted: another process holds it, after `wait` still.
  static absl::StatusOr<LockFile> Take(const std::filesystem::path& file, absl::Duration wait);

 private:
  explicit LockFile(Database database) : database_(std::move(database)) {}

  Database database_;
};

}  // namespace resource_broker::broker
