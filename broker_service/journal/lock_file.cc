#include "broker_service/journal/lock_file.h"

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {

absl::StatusOr<LockFile> LockFile::Take(const std::filesystem::path& file, absl::Duration wait) {
  absl::StatusOr<Database> database = Database::Open(file, Database::Access::kReadWriteCreate);
  if (!database.ok()) return database.status();
  const absl::Status status = database->Execute(absl::StrCat("PRAGMA busy_timeout = ", absl::ToInt64Milliseconds(wait),
                                                             "; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;"));
  if (!status.ok()) return status;
  return LockFile(*std::move(database));
}

}  // namespace resource_broker::broker
