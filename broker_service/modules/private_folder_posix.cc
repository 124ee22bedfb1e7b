#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "broker_service/modules/private_folder.h"

namespace resource_broker::broker {
namespace {

absl::Status Fault(const std::filesystem::path& folder, absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat(folder.string(), ": ", what));
}

}  // namespace

absl::Status MakePrivateFolder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder.parent_path(), error);
  if (error) return Fault(folder.parent_path(), error.message());
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return Fault(folder, strerror(errno));
  struct stat found = {};
  if (lstat(folder.c_str(), &found) != 0) return Fault(folder, strerror(errno));
  if (!S_ISDIR(found.st_mode)) return Fault(folder, "is not a folder");
  if (found.st_uid != geteuid()) return Fault(folder, "belongs to another account");
  if ((found.st_mode & 07777) != 0700 && chmod(folder.c_str(), 0700) != 0) return Fault(folder, strerror(errno));
  return absl::OkStatus();
}

void RemoveAddress(const std::string& address) {
  constexpr absl::string_view kScheme = "unix:";
  if (absl::StartsWith(address, kScheme)) unlink(address.c_str() + kScheme.size());
}

}  // namespace resource_broker::broker
