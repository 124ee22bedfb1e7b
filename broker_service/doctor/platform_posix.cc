#include <sys/stat.h>

#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "broker_service/doctor/checks.h"
#include "broker_service/file_rights.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

constexpr char kUnit[] = "resource-broker.service";

}  // namespace

void CheckService(const DoctorOptions& options, Findings* findings) {
  std::error_code error;
  if (!fs::exists("/run/systemd/system", error)) {
    findings->Ok("service", "systemd does not run here, so nothing starts the broker by itself");
    return;
  }
  for (const char* folder : {"/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}) {
    if (fs::exists(fs::path(folder) / kUnit, error)) {
      findings->Ok("service", absl::StrCat(folder, "/", kUnit));
      return;
    }
  }
  findings->Warning("service", absl::StrCat("systemd knows no ", kUnit),
                    "copy deploy/resource-broker.service to /etc/systemd/system, and enable it");
}

void CheckCluster(Findings* findings) {
  findings->Ok("cluster", "failover clusters are Windows'; nothing is registered here");
}

absl::Status CheckAddressRights(const std::string& address) {
  absl::string_view path = address;
  // An address without a file has no rights of its own.
  if (!absl::ConsumePrefix(&path, "unix:") || absl::StartsWith(path, "@")) return absl::OkStatus();
  const fs::path socket{std::string(path)};
  struct stat status {};
  if (stat(socket.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) {
    return absl::NotFoundError("there is no such socket");
  }
  // Whatever the socket's own mode is: who may write to the folder may put another one in its place.
  return CheckOthersCantChange(socket.parent_path());
}

const char* BridgeLibraryName() { return "resource_bridge.so"; }

}  // namespace resource_broker::broker
