#include <fstream>
#include <iterator>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "broker_service/modules/file_hash.h"
#include "broker_service/modules/process_identity.h"

namespace resource_broker::broker {
namespace {

// Places in /proc/<pid>/stat, counted after the program's name (proc(5): the 3rd and the 22nd field).
constexpr size_t kState = 0;
constexpr size_t kStartTime = 19;

}  // namespace

absl::StatusOr<ProcessIdentity> IdentifyProcess(uint32_t process_id) {
  const absl::Status gone = absl::NotFoundError(absl::StrCat("process ", process_id, " does not run"));
  const std::string folder = absl::StrCat("/proc/", process_id, "/");
  std::ifstream file(folder + "stat");
  const std::string stat{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  // The name is in brackets, and may have any character in it.
  const size_t name_end = stat.rfind(") ");
  if (name_end == std::string::npos) return gone;
  const std::vector<absl::string_view> fields = absl::StrSplit(absl::string_view(stat).substr(name_end + 2), ' ');
  ProcessIdentity identity;
  identity.process_id = process_id;
  if (fields.size() <= kStartTime || !absl::SimpleAtoi(fields[kStartTime], &identity.start_time)) return gone;
  // A zombie has ended; it has no program any more.
  if (fields[kState] == "Z") return gone;
  absl::StatusOr<std::string> hash = HashFile(folder + "exe");
  if (!hash.ok()) return hash.status();
  identity.image_hash = *std::move(hash);
  return identity;
}

}  // namespace resource_broker::broker
