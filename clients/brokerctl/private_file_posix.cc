#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/brokerctl/private_file.h"

namespace resource_broker::brokerctl {
namespace {

absl::Status ErrorOf(const std::filesystem::path& file, int error) { return absl::ErrnoToStatus(error, file.string()); }

absl::Status WriteAll(int descriptor, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::ErrnoToStatus(errno, "write");
    text.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(descriptor) != 0) return absl::ErrnoToStatus(errno, "fsync");
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteNewPrivateFile(const std::filesystem::path& file, absl::string_view text) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return ErrorOf(file, errno);
  absl::Status status = WriteAll(descriptor, text);
  if (close(descriptor) != 0 && status.ok()) status = absl::ErrnoToStatus(errno, "close");
  if (status.ok()) return status;
  unlink(file.c_str());
  return absl::Status(status.code(), absl::StrCat(file.string(), ": ", status.message()));
}

absl::Status MakePrivateFolder(const std::filesystem::path& folder) {
  std::error_code error;
  if (folder.empty() || std::filesystem::is_directory(folder, error)) return absl::OkStatus();
  if (absl::Status status = MakePrivateFolder(folder.parent_path()); !status.ok()) return status;
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return ErrorOf(folder, errno);
  return absl::OkStatus();
}

absl::Status CheckPrivate(const std::filesystem::path& file) {
  struct stat found = {};
  if (stat(file.c_str(), &found) != 0) return ErrorOf(file, errno);
  if (found.st_uid != geteuid() && found.st_uid != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(file.string(), ": belongs to another user (uid ", found.st_uid, ")"));
  }
  if ((found.st_mode & 0077) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat("%s: others can read or change it (mode %04o); chmod 600 it",
                                                       file.string(), found.st_mode & 07777));
}

}  // namespace resource_broker::brokerctl
