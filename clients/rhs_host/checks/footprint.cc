#include "clients/rhs_host/checks/footprint.h"

#include "absl/strings/str_format.h"

namespace resource_broker::rhs_host {

std::string FormatGrowth(const Footprint& before, const Footprint& after) {
  return absl::StrFormat("%+d handles, %+d threads, %+d KiB", after.handles - before.handles,
                         after.threads - before.threads, (after.memory - before.memory) / 1024);
}

}  // namespace resource_broker::rhs_host
