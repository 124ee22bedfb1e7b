#include "clients/names/explanation_tables.h"

namespace resource_broker::names {
namespace {

constexpr char kOffline[] = "offline flag";
constexpr char kOnline[] = "online flag";
constexpr char kOpen[] = "open flag";
constexpr char kStatus[] = "status flag";

// Names are those of the headers without their prefix, as in flags.cc.
constexpr Explanation kFlags[] = {
    {kOffline, "IGNORE_RESOURCE_STATUS", 0x01, "The resource is to go offline even if it says that it is locked.",
     "No lock refuses or delays it, the module's own or an administrator's.", ""},
    {kOffline, "RETURN_TO_SOURCE_NODE_ON_ERROR", 0x02,
     "If the offline fails, the group goes back to where it came from.",
     "The module is asked to bring the resource back; the final report says Online if it could, else Failed.", ""},
    {kOffline, "QUEUE_ENABLED", 0x04, "The offline may wait in a queue.",
     "A locked, busy or throttled resource waits, with reports going out, and is tried again until it is done or "
     "cancelled; with queue.mode \"cluster\" the cluster's own queue does that.",
     "`brokerctl operations get` shows what it waits for."},
    {kOffline, "RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR", 0x08,
     "This offline is part of the way back after an error.",
     "It is never delayed, never refused, and goes before others, also while the queue is paused.", ""},
    {kOffline, "DUE_TO_EMBEDDED_FAILURE", 0x10, "The workload in it has failed.",
     "The module's graceful phase is skipped: nothing waits for what does not answer.", ""},
    {kOffline, "IGNORE_NETWORK_CONNECTIVITY", 0x20, "Networks that cannot be reached do not matter.",
     "Network failures that the module reports neither fail nor delay it. Windows Server 2012 R2 and later.", ""},
    {kOffline, "DO_NOT_UPDATE_PERSISTENT_STATE", 0x40, "What the resource is meant to be stays as it was.",
     "The broker's record of the intended state is left alone. Windows Server 2016 and later.", ""},
    {kOnline, "RECOVER_MONITOR_STATE", 0x01, "The resource may be running already, from before its monitor ended.",
     "The module gets it and looks first.", ""},
    {kOnline, "IGNORE_RESOURCE_STATUS", 0x02, "The resource is to go online even if it says that it is locked.", "",
     ""},
    {kOnline, "RETURN_TO_SOURCE_NODE_ON_ERROR", 0x04, "If the online fails, the group goes back to where it came from.",
     "", ""},
    {kOnline, "RESTORE_ONLINE_STATE", 0x08, "The resource was online before its group moved.", "", ""},
    {kOnline, "IGNORE_NETWORK_CONNECTIVITY", 0x10, "Networks that cannot be reached do not matter.", "", ""},
    {kOpen, "RECOVER_MONITOR_STATE", 0x01, "Opened again after its monitor ended.", "", ""},
    {kOpen, "DONT_DELETE_TEMP_DISK", 0x02, "A temporary disk resource is kept.", "Passed on to the module.", ""},
    {kStatus, "OFFLINE_BUSY", 0x1, "The resource is busy or locked and could not go offline now.",
     "Its module, or an administrator's lock, or an operation under way is the reason.",
     "`brokerctl resources get NAME` names it; unlock, or try again with QUEUE_ENABLED."},
    {kStatus, "OFFLINE_SOURCE_THROTTLED", 0x2, "The node that it is on does too much at once, or its queue is paused.",
     "limits.maxRunningOperations or maxRunningPerModule is reached, or `brokerctl queue pause` was given.",
     "`brokerctl queue status`; resume, or raise the limits."},
    {kStatus, "OFFLINE_DESTINATION_THROTTLED", 0x4, "The node that it goes to gets too much at once.",
     "limits.maxRunningPerDestination is reached.", "`brokerctl queue status`; wait, or raise the limit."},
    {kStatus, "OFFLINE_DESTINATION_REJECTED", 0x8, "The node that it was to go to does not take it.",
     "The module says so; see its code and message in the final event.", ""},
    {kStatus, "INSUFFICIENT_MEMORY", 0x10, "There is not enough memory for it.", "", ""},
    {kStatus, "INSUFFICIENT_PROCESSOR", 0x20, "There is not enough processor time for it.", "", ""},
    {kStatus, "INSUFFICIENT_OTHER_RESOURCES", 0x40, "Something else that it needs is short.", "", ""},
    {kStatus, "INVALID_PARAMETERS", 0x80, "Its private properties are not in order.", "",
     "Correct them; the final event's message names the property."},
    {kStatus, "NETWORK_NOT_AVAILABLE", 0x100, "A network that it needs is not there.", "", ""},
    {kStatus, "DO_NOT_COLLECT_WER_REPORT", 0x40000000, "No error report is to be made of this failure.", "", ""},
    {kStatus, "DUMP_NOW", 0x80000000, "A dump is to be written now.", "", ""},
};

}  // namespace

absl::Span<const Explanation> FlagExplanations() { return kFlags; }

}  // namespace resource_broker::names
