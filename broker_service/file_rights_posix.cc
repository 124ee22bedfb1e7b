#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "broker_service/file_rights.h"

namespace resource_broker::broker {
namespace {

absl::Status Check(const std::filesystem::path& path, mode_t others, absl::string_view may, absl::string_view mend) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return absl::NotFoundError(absl::StrCat(path.string(), ": ", strerror(errno)));
  if ((status.st_mode & others) != 0) {
    return absl::FailedPreconditionError(absl::StrFormat("%s has mode %04o, so others than its owner may %s it: %s",
                                                         path.string(), status.st_mode & 07777, may, mend));
  }
  if (status.st_uid != geteuid() && status.st_uid != 0 && geteuid() != 0) {
    return absl::FailedPreconditionError(absl::StrCat(path.string(), " belongs to uid ", status.st_uid,
                                                      ", and neither to this account nor to root: chown"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckOthersCantChange(const std::filesystem::path& path) {
  return Check(path, S_IWGRP | S_IWOTH, "change", "chmod go-w");
}

absl::Status CheckOthersCantRead(const std::filesystem::path& path) {
  return Check(path, S_IRWXG | S_IRWXO, "read or change", "chmod go=");
}

}  // namespace resource_broker::broker
