#include "broker_service/journal/journal_backup.h"

#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/journal/sqlite.h"
#include "broker_service/log.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

fs::path CopyOf(const fs::path& journal) { return fs::path(journal).concat(".backup"); }

}  // namespace

absl::StatusOr<std::unique_ptr<JournalBackup>> JournalBackup::Take(const fs::path& journal,
                                                                   const std::function<bool()>& go_on) {
  std::unique_ptr<JournalBackup> backup(new JournalBackup(journal));
  const fs::path copy = CopyOf(journal);
  {
    absl::StatusOr<Database> from = Database::Open(journal, Database::Access::kRead);
    if (!from.ok()) return from.status();
    absl::StatusOr<Database> to = Database::Open(copy, Database::Access::kReadWriteCreate);
    if (!to.ok()) return to.status();
    // It need not survive the machine; and is one file, which its reader may put anywhere.
    absl::Status status = to->Execute("PRAGMA synchronous = OFF");
    if (status.ok()) status = from->CopyTo(&*to, go_on);
    if (status.ok()) status = to->Execute("PRAGMA journal_mode = DELETE");
    if (!status.ok()) return status;
  }
  std::error_code error;
  backup->size_ = fs::file_size(copy, error);
  backup->stream_.open(copy, std::ios::binary);
  if (error || !backup->stream_) return absl::UnavailableError(absl::StrCat(copy.u8string(), ": can't be read"));
  return backup;
}

JournalBackup::~JournalBackup() {
  stream_.close();
  RemoveLeftovers(journal_);
}

void JournalBackup::RemoveLeftovers(const fs::path& journal) {
  for (const char* part : {"", "-journal", "-wal", "-shm"}) {
    std::error_code error;
    const fs::path file = CopyOf(journal).concat(part);
    fs::remove(file, error);
    if (error) LogWarning(file.u8string(), ": can't be removed: ", error.message());
  }
}

absl::StatusOr<std::string> JournalBackup::Read(size_t limit) {
  std::string bytes(limit, '\0');
  stream_.read(bytes.data(), static_cast<std::streamsize>(limit));
  if (stream_.bad()) return absl::DataLossError("the copy of the journal can't be read");
  bytes.resize(static_cast<size_t>(stream_.gcount()));
  return bytes;
}

}  // namespace resource_broker::broker
