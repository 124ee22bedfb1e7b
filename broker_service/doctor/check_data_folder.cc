#include <system_error>

#include "absl/strings/str_cat.h"
#include "broker_service/doctor/checks.h"
#include "broker_service/file_rights.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

void CheckDisk(const fs::path& folder, const DoctorLimits& limits, Findings* findings) {
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (error) {
    findings->Error("disk", absl::StrCat(folder.u8string(), ": ", error.message()), "see that the volume is there");
    return;
  }
  const std::string evidence =
      absl::StrCat(space.available >> 20, " MiB are free on the volume of ", folder.u8string());
  if (space.available < limits.full_disk_bytes) {
    findings->Error("disk", evidence, "make room: without it the journal takes no operation");
  } else if (space.available < limits.low_disk_bytes) {
    findings->Warning("disk", evidence, "make room, before the journal takes no operation");
  } else {
    findings->Ok("disk", evidence);
  }
}

}  // namespace

void CheckDataFolder(const Installation& installation, Findings* findings) {
  const fs::path folder = fs::u8path(installation.config.data_directory());
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    findings->Warning("data.folder", absl::StrCat(folder.u8string(), " is not there"),
                      "start the broker, which makes it, or correct dataDirectory");
    return;
  }
  findings->Ok("data.folder", folder.u8string());
  // Who may write to one of them may replace what the broker reads, or where it writes.
  for (const char* child : {"", "logs", "running", "dumps"}) {
    const fs::path path = *child == '\0' ? folder : folder / child;
    if (!fs::exists(path, error)) continue;
    if (const absl::Status status = CheckOthersCantChange(path); !status.ok()) {
      findings->Error("data.rights", std::string(status.message()),
                      "take the right from them; on Windows resource_broker configure-service sets all of it");
      return CheckDisk(folder, installation.options.limits, findings);
    }
  }
  findings->Ok("data.rights", "nobody but the broker's account and administrators may write there");
  CheckDisk(folder, installation.options.limits, findings);
}

}  // namespace resource_broker::broker
