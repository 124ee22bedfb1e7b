#include "absl/strings/match.h"
#include "clients/brokerctl/testing/lost_connection.h"
#include "ipc/testing/wine_windows.h"

namespace resource_broker::brokerctl {

bool LostByWine(const std::string& errors) {
  return ipc::testing::IsWine() &&
         (absl::StrContains(errors, "Stream removed") || absl::StrContains(errors, "(WSA Error)") ||
          absl::StrContains(errors, "(End of TCP stream)"));
}

}  // namespace resource_broker::brokerctl
