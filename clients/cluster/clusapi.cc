#include "clients/cluster/clusapi.h"

#include "absl/strings/str_cat.h"

namespace resource_broker::cluster {
namespace {

template <typename Function>
absl::Status Find(const std::function<void*(const char*)>& find, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(find(name));
  if (*function != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("clusapi.dll has no function ", name, ": it is not that of Windows Server 2012 or later"));
}

}  // namespace

absl::StatusOr<Clusapi> FindClusapi(const std::function<void*(const char*)>& find, uint32_t (*last_error)()) {
  Clusapi clusapi;
  clusapi.last_error = last_error;
#define CLUSAPI_FUNCTION(result, name, parameters) \
  if (absl::Status status = Find(find, #name, &clusapi.name); !status.ok()) return status;
#include "clients/cluster/clusapi_functions.inc"
#undef CLUSAPI_FUNCTION
  return clusapi;
}

}  // namespace resource_broker::cluster
