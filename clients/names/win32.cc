#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "clients/names/explanation_tables.h"
#include "clients/names/names.h"

namespace resource_broker::names {
namespace {

constexpr char kWin32[] = "win32";

// Those of resapi.md 1.13 and those the contracts carry (resource_broker/v1/win32_codes.h), in order.
constexpr Explanation kCodes[] = {
    {kWin32, "ERROR_SUCCESS", 0, "It worked.", "", ""},
    {kWin32, "ERROR_INVALID_FUNCTION", 1, "The function does not exist.",
     "As an answer to a control code: the cluster does its own default.", ""},
    {kWin32, "ERROR_FILE_NOT_FOUND", 2, "The file was not found.", "", ""},
    {kWin32, "ERROR_PATH_NOT_FOUND", 3, "The folder was not found.", "", ""},
    {kWin32, "ERROR_ACCESS_DENIED", 5, "Access is denied.",
     "The account the module or the broker runs as lacks a right, or a pipe's server is not who it should be.",
     "Check the service's account and the file's or pipe's permissions."},
    {kWin32, "ERROR_INVALID_HANDLE", 6, "The handle is not valid.", "", ""},
    {kWin32, "ERROR_NOT_ENOUGH_MEMORY", 8, "There is not enough memory.", "", ""},
    {kWin32, "ERROR_INVALID_DATA", 13, "The data is not in order.", "", ""},
    {kWin32, "ERROR_BAD_LENGTH", 24, "A buffer has the wrong length.",
     "InBuffer is larger than limits.maxInBufferBytes.", "Raise the limit, or send less."},
    {kWin32, "ERROR_NOT_SUPPORTED", 50, "Not supported.", "", ""},
    {kWin32, "ERROR_INVALID_PARAMETER", 87, "A parameter is wrong.",
     "A private property of the resource is not in order, or a call that RHS made is not.",
     "The final event's message names it."},
    {kWin32, "ERROR_CALL_NOT_IMPLEMENTED", 120, "The function is not implemented.", "", ""},
    {kWin32, "ERROR_INSUFFICIENT_BUFFER", 122, "The buffer is too small.", "", ""},
    {kWin32, "ERROR_MOD_NOT_FOUND", 126, "The module was not found.",
     "The resource's Module property names one that is not installed here.",
     "`brokerctl modules list`; stage it, or correct the property."},
    {kWin32, "ERROR_PROC_NOT_FOUND", 127, "The procedure was not found.",
     "The resource DLL or a library of it is not the right version.", ""},
    {kWin32, "ERROR_DIR_NOT_EMPTY", 145, "The directory is not empty.",
     "A resource type is not removed while there are resources of it.", "`brokerctl cluster status` names them."},
    {kWin32, "ERROR_BUSY", 170, "It is in use.", "", ""},
    {kWin32, "ERROR_ALREADY_EXISTS", 183, "It exists already.", "", ""},
    {kWin32, "ERROR_MORE_DATA", 234, "There is more data than fits.",
     "As an answer to a control code: the caller asks again with more room.", ""},
    {kWin32, "ERROR_NO_MORE_ITEMS", 259, "There is no more.", "", ""},
    {kWin32, "ERROR_UNHANDLED_EXCEPTION", 574, "An exception was not handled.",
     "Something went wrong inside an entry point; RHS was shielded from it.", "Report it with the log."},
    {kWin32, "ERROR_OPERATION_ABORTED", 995, "The operation was ended.", "By Terminate: the final event is TERMINATED.",
     ""},
    {kWin32, "ERROR_IO_PENDING", 997, "The operation goes on.",
     "Not an error: OnlineV2 and OfflineV2 answer it, and reports follow.", ""},
    {kWin32, "ERROR_DEPENDENT_SERVICES_RUNNING", 1051, "Services that depend on it run.",
     "generic_service cannot stop the service before those.",
     "Stop the services that depend on it, or make them resources too."},
    {kWin32, "ERROR_SERVICE_REQUEST_TIMEOUT", 1053, "The service did not answer in time.", "",
     "Look into the service's own log; give PendingTimeout more time."},
    {kWin32, "ERROR_SERVICE_ALREADY_RUNNING", 1056, "The service runs already.", "", ""},
    {kWin32, "ERROR_SERVICE_DOES_NOT_EXIST", 1060, "There is no such service.",
     "The resource's ServiceName is not installed on this node.", "Install the service, or correct the property."},
    {kWin32, "ERROR_SERVICE_NOT_ACTIVE", 1062, "The service has not been started.",
     "The bridge could not reach the broker within its reconnect_timeout.",
     "`brokerctl status` on that node; start the Resource Broker service."},
    {kWin32, "ERROR_PROCESS_ABORTED", 1067, "The process ended unexpectedly.",
     "The module ended, or was killed, while it worked on the operation.",
     "`brokerctl modules logs NAME` and its restarts in `brokerctl status`."},
    {kWin32, "ERROR_NO_UNICODE_TRANSLATION", 1113, "Text is not valid Unicode.",
     "The cluster passed a name that no UTF-16 is.", ""},
    {kWin32, "ERROR_NOT_FOUND", 1168, "It was not found.", "", ""},
    {kWin32, "ERROR_CANCELLED", 1223, "It was cancelled.",
     "By the cluster or by `brokerctl operations cancel`: the final event is CANCELLED.", ""},
    {kWin32, "ERROR_REVISION_MISMATCH", 1306, "The versions do not match.",
     "The bridge, the broker or RHS speak no common version.",
     "Install matching versions; `brokerctl diag` lists them."},
    {kWin32, "ERROR_INTERNAL_ERROR", 1359, "An internal error.", "", "Report it with the log."},
    {kWin32, "ERROR_TIMEOUT", 1460, "It took too long.",
     "A module did not answer within its limits (stall_timeout_ms of its manifest, timeouts.module…).",
     "`brokerctl operations get` shows its last progress."},
    {kWin32, "RPC_S_SERVER_UNAVAILABLE", 1722, "The RPC server is not there.",
     "The cluster service or RHS, not the broker.", ""},
    {kWin32, "RPC_S_CALL_FAILED", 1726, "The remote call failed.", "The cluster service or RHS, not the broker.", ""},
    {kWin32, "RPC_S_CALL_FAILED_DNE", 1727, "The remote call failed and was not executed.",
     "The cluster service or RHS, not the broker.", ""},
    {kWin32, "EPT_S_NOT_REGISTERED", 1753, "The RPC endpoint is not registered.",
     "The machine answers, but no cluster service on it.", "On a node of the cluster: `Start-Service ClusSvc`."},
    {kWin32, "ERROR_NOT_ENOUGH_QUOTA", 1816, "A quota is used up.",
     "A limit of the broker's configuration (limits.…) is reached.", "The message names the limit."},
    {kWin32, "ERROR_RESOURCE_NOT_ONLINE", 5004, "The resource is not online.", "", ""},
    {kWin32, "ERROR_RESOURCE_NOT_AVAILABLE", 5006, "The resource is not available.", "", ""},
    {kWin32, "ERROR_RESOURCE_NOT_FOUND", 5007, "The resource was not found.",
     "RHS used a handle that is not, or no longer, one of the bridge's.", ""},
    {kWin32, "ERROR_OBJECT_ALREADY_EXISTS", 5010, "The object exists already.", "", ""},
    {kWin32, "ERROR_HOST_NODE_NOT_RESOURCE_OWNER", 5015, "This node does not own the resource.", "", ""},
    {kWin32, "ERROR_RESMON_CREATE_FAILED", 5017, "The resource could not be created.", "", ""},
    {kWin32, "ERROR_RESMON_ONLINE_FAILED", 5018, "The resource could not be brought online.", "", ""},
    {kWin32, "ERROR_INVALID_STATE", 5023, "The state does not allow it.",
     "An operation of the resource is under way already.", "Wait for it: `brokerctl resources get NAME`."},
    {kWin32, "ERROR_RESOURCE_PROPERTIES_STORED", 5024, "The properties were stored, but are not in force yet.",
     "They are when the resource is next brought online.", ""},
    {kWin32, "ERROR_RESOURCE_FAILED", 5038, "The resource failed.",
     "Its module reported it dead or could not do what was asked.",
     "`brokerctl operations get` has the module's own code and message."},
    {kWin32, "ERROR_CLUSTER_NODE_DOWN", 5050, "The cluster node is down.", "",
     "On that node: `Start-Service ClusSvc`."},
    {kWin32, "ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND", 5078, "The resource type was not found.",
     "It is not registered in this cluster.", "`brokerctl cluster register`."},
    {kWin32, "ERROR_CLUSTER_RESTYPE_NOT_SUPPORTED", 5079, "The resource type is not supported here.",
     "The DLL is not on that node.",
     "Install Resource Broker there; `brokerctl cluster status` shows which nodes have it."},
    {kWin32, "ERROR_CLUSTER_RESNAME_NOT_FOUND", 5080, "There is no resource of that name.", "", ""},
    {kWin32, "ERROR_RESMON_INVALID_STATE", 5084, "The resource monitor is in the wrong state.", "", ""},
    {kWin32, "ERROR_CLUSTER_GROUP_MOVING", 5908, "The group is moving.", "", ""},
    {kWin32, "ERROR_CLUSTER_RESOURCE_TYPE_BUSY", 5909, "The resource type is busy.", "", ""},
    {kWin32, "ERROR_RESOURCE_CALL_TIMED_OUT", 5910, "A call to the resource took too long.",
     "RHS waited for an entry point; the bridge's own never take that long.",
     "`brokerctl diag` for steps that hang; another DLL in the same RHS is likely."},
    {kWin32, "ERROR_CLUSTER_RESOURCE_VETOED_CALL", 5955, "A resource vetoed the call.", "", ""},
    {kWin32, "ERROR_RESMON_SYSTEM_RESOURCES_LACKING", 5956, "The resource monitor lacks resources of the system.", "",
     ""},
    {kWin32, "ERROR_CLUSTER_GROUP_QUEUED", 5959, "The group is queued.",
     "The move waits; with QUEUE_ENABLED that is meant.", ""},
    {kWin32, "ERROR_CLUSTER_RESOURCE_LOCKED_STATUS", 5960, "The resource is locked.",
     "An offline met a lock, a busy resource, a throttle or a paused queue, and its flags do not let it wait: the "
     "resource stays Online (REFUSED).",
     "`brokerctl resources get NAME` and `brokerctl queue status` say what holds it; unlock or resume, or move again "
     "with QUEUE_ENABLED."},
};

}  // namespace

absl::Span<const Explanation> Win32Explanations() { return kCodes; }

absl::string_view Win32Name(uint32_t code) {
  for (const Explanation& explanation : kCodes) {
    if (explanation.number == code) return explanation.name;
  }
  return {};
}

std::string FormatWin32(uint32_t code) {
  const absl::string_view name = Win32Name(code);
  return name.empty() ? absl::StrCat(code) : absl::StrCat(code, " ", name);
}

}  // namespace resource_broker::names
