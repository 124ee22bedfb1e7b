#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "broker_service/durable_files.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

absl::Status Error(const fs::path& path, const char* what) {
  const int code = errno;
  return absl::ErrnoToStatus(code, absl::StrCat(path.string(), ": ", what));
}

class PosixFile : public DurableFile {
 public:
  PosixFile(fs::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~PosixFile() override { close(descriptor_); }

  absl::Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Error(path_, "write");
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  absl::Status Finish() override { return fsync(descriptor_) == 0 ? absl::OkStatus() : Error(path_, "fsync"); }

 private:
  const fs::path path_;
  const int descriptor_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<DurableFile>> DurableFile::Create(const fs::path& file, bool executable) {
  // With O_EXCL no link is followed.
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, executable ? 0755 : 0644);
  if (descriptor < 0) return Error(file, "open");
  return std::make_unique<PosixFile>(file, descriptor);
}

absl::Status SyncFolder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return Error(folder, "open");
  const absl::Status status = fsync(descriptor) == 0 ? absl::OkStatus() : Error(folder, "fsync");
  close(descriptor);
  return status;
}

absl::Status MoveFolder(const fs::path& folder, const fs::path& to) {
  // rename(2) would take an empty folder's place.
  struct stat found = {};
  if (lstat(to.c_str(), &found) == 0) return absl::AlreadyExistsError(absl::StrCat(to.string(), ": is there already"));
  if (rename(folder.c_str(), to.c_str()) != 0) return Error(to, "rename");
  if (absl::Status status = SyncFolder(folder.parent_path()); !status.ok()) return status;
  return SyncFolder(to.parent_path());
}

absl::Status MoveOver(const fs::path& file, const fs::path& to) {
  if (rename(file.c_str(), to.c_str()) != 0) return Error(to, "rename");
  return SyncFolder(to.parent_path());
}

}  // namespace resource_broker::broker
