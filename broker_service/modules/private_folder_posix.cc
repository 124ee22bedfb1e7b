#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "broker_service/modules/private_folder.h"

namespace resource_broker::broker {

absl::Status MakePrivateFolder(const std::filesystem::path& folder) {
  std::filesystem::path made;
  for (const std::filesystem::path& part : folder) {
    made /= part;
    if (mkdir(made.c_str(), 0700) == 0 || errno == EEXIST) continue;
    return absl::FailedPreconditionError(absl::StrCat(made.string(), ": ", strerror(errno)));
  }
  return absl::OkStatus();
}

void RemoveAddress(const std::string& address) {
  constexpr absl::string_view kScheme = "unix:";
  if (absl::StartsWith(address, kScheme)) unlink(address.c_str() + kScheme.size());
}

}  // namespace resource_broker::broker
