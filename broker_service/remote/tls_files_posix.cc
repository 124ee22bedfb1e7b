#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "broker_service/remote/tls_files.h"
#include "ipc/unique_fd_posix.h"

namespace resource_broker::broker {

absl::StatusOr<std::string> ReadPrivateFile(const std::filesystem::path& file, size_t limit) {
  // Not blocking: it may be a pipe by mistake.
  const ipc::UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return absl::NotFoundError(absl::StrCat("can't be opened: ", strerror(errno)));
  struct stat status {};
  if (fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return absl::NotFoundError("is no file");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "has mode %04o, so others than its owner have a right to it: chmod 600", status.st_mode & 07777));
  }
  if (status.st_uid != geteuid() && status.st_uid != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("belongs to uid ", status.st_uid, ", and neither to the broker's account nor to root"));
  }
  std::string bytes(limit + 1, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0) return absl::NotFoundError(absl::StrCat("can't be read: ", strerror(errno)));
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace resource_broker::broker
