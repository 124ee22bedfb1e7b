#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "clients/names/names.h"

namespace resource_broker::names {
namespace {

// Those of resapi.md 1.13 and those the contracts carry (resource_broker/v1/win32_codes.h), in order.
constexpr std::pair<uint32_t, absl::string_view> kCodes[] = {
    {0, "ERROR_SUCCESS"},
    {1, "ERROR_INVALID_FUNCTION"},
    {2, "ERROR_FILE_NOT_FOUND"},
    {3, "ERROR_PATH_NOT_FOUND"},
    {5, "ERROR_ACCESS_DENIED"},
    {6, "ERROR_INVALID_HANDLE"},
    {8, "ERROR_NOT_ENOUGH_MEMORY"},
    {13, "ERROR_INVALID_DATA"},
    {24, "ERROR_BAD_LENGTH"},
    {50, "ERROR_NOT_SUPPORTED"},
    {87, "ERROR_INVALID_PARAMETER"},
    {120, "ERROR_CALL_NOT_IMPLEMENTED"},
    {122, "ERROR_INSUFFICIENT_BUFFER"},
    {126, "ERROR_MOD_NOT_FOUND"},
    {127, "ERROR_PROC_NOT_FOUND"},
    {170, "ERROR_BUSY"},
    {234, "ERROR_MORE_DATA"},
    {259, "ERROR_NO_MORE_ITEMS"},
    {574, "ERROR_UNHANDLED_EXCEPTION"},
    {995, "ERROR_OPERATION_ABORTED"},
    {997, "ERROR_IO_PENDING"},
    {1051, "ERROR_DEPENDENT_SERVICES_RUNNING"},
    {1053, "ERROR_SERVICE_REQUEST_TIMEOUT"},
    {1056, "ERROR_SERVICE_ALREADY_RUNNING"},
    {1060, "ERROR_SERVICE_DOES_NOT_EXIST"},
    {1062, "ERROR_SERVICE_NOT_ACTIVE"},
    {1067, "ERROR_PROCESS_ABORTED"},
    {1113, "ERROR_NO_UNICODE_TRANSLATION"},
    {1168, "ERROR_NOT_FOUND"},
    {1223, "ERROR_CANCELLED"},
    {1306, "ERROR_REVISION_MISMATCH"},
    {1359, "ERROR_INTERNAL_ERROR"},
    {1460, "ERROR_TIMEOUT"},
    {1722, "RPC_S_SERVER_UNAVAILABLE"},
    {1726, "RPC_S_CALL_FAILED"},
    {1727, "RPC_S_CALL_FAILED_DNE"},
    {1816, "ERROR_NOT_ENOUGH_QUOTA"},
    {5004, "ERROR_RESOURCE_NOT_ONLINE"},
    {5006, "ERROR_RESOURCE_NOT_AVAILABLE"},
    {5007, "ERROR_RESOURCE_NOT_FOUND"},
    {5015, "ERROR_HOST_NODE_NOT_RESOURCE_OWNER"},
    {5017, "ERROR_RESMON_CREATE_FAILED"},
    {5018, "ERROR_RESMON_ONLINE_FAILED"},
    {5023, "ERROR_INVALID_STATE"},
    {5024, "ERROR_RESOURCE_PROPERTIES_STORED"},
    {5038, "ERROR_RESOURCE_FAILED"},
    {5078, "ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND"},
    {5079, "ERROR_CLUSTER_RESTYPE_NOT_SUPPORTED"},
    {5080, "ERROR_CLUSTER_RESNAME_NOT_FOUND"},
    {5084, "ERROR_RESMON_INVALID_STATE"},
    {5908, "ERROR_CLUSTER_GROUP_MOVING"},
    {5909, "ERROR_CLUSTER_RESOURCE_TYPE_BUSY"},
    {5910, "ERROR_RESOURCE_CALL_TIMED_OUT"},
    {5955, "ERROR_CLUSTER_RESOURCE_VETOED_CALL"},
    {5956, "ERROR_RESMON_SYSTEM_RESOURCES_LACKING"},
    {5959, "ERROR_CLUSTER_GROUP_QUEUED"},
    {5960, "ERROR_CLUSTER_RESOURCE_LOCKED_STATUS"},
};

}  // namespace

absl::string_view Win32Name(uint32_t code) {
  for (const auto& [value, name] : kCodes) {
    if (value == code) return name;
  }
  return {};
}

std::string FormatWin32(uint32_t code) {
  const absl::string_view name = Win32Name(code);
  return name.empty() ? absl::StrCat(code) : absl::StrCat(code, " ", name);
}

}  // namespace resource_broker::names
