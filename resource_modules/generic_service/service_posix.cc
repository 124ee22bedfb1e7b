#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "resource_modules/generic_service/service.h"
#include "resource_modules/generic_service/systemd_unit_posix.h"

namespace resource_broker::generic_service {
namespace {

// There while systemd runs; see sd_booted(3).
constexpr char kSystemdRuns[] = "/run/systemd/system";
constexpr char kSystemctl[] = "/usr/bin/systemctl";

}  // namespace

absl::StatusOr<std::unique_ptr<Service>> Service::Open(const std::string& name) {
  struct stat about {};
  if (stat(kSystemdRuns, &about) != 0) {
    return absl::UnimplementedError(
        absl::StrCat("service ", name, " cannot be operated: systemd does not run on this machine"));
  }
  return std::make_unique<SystemdUnit>(kSystemctl, name);
}

}  // namespace resource_broker::generic_service
