#include "clients/names/explanation_tables.h"

namespace resource_broker::names {
namespace {

constexpr char kEvent[] = "event";
constexpr char kResource[] = "resource state";
constexpr char kModule[] = "module state";
constexpr char kExit[] = "exit code";

constexpr Explanation kStates[] = {
    {kEvent, "ACCEPTED", 1, "The broker has the operation, and exactly one final event will follow.",
     "It is in the journal: no end of the broker loses it.", ""},
    {kEvent, "QUEUED", 2, "It waits.", "For the operation before it, a lock, a throttle, a module that starts.",
     "The event's message says for what."},
    {kEvent, "RUNNING", 3, "A module works on it.", "Once for each attempt.", ""},
    {kEvent, "PROGRESS", 4, "The module reports how far it is.", "", ""},
    {kEvent, "CANCEL_REQUESTED", 5, "It is to be cancelled; the module has not answered yet.", "", ""},
    {kEvent, "TERMINATE_REQUESTED", 6, "It is to end at once; the module has not answered yet.", "",
     "After timeouts.moduleTerminateMs it ends without the module's word."},
    {kEvent, "SUCCEEDED", 16, "It is done.", "", ""},
    {kEvent, "FAILED", 17, "It could not be done.", "The final report has the Win32 code and the module's own.",
     "`brokerctl operations get` and `brokerctl modules logs`."},
    {kEvent, "CANCELLED", 18, "It was cancelled before it was done.", "Win32 code 1223.", ""},
    {kEvent, "TERMINATED", 19, "It was ended by force.", "Win32 code 995.", ""},
    {kEvent, "REFUSED", 20, "It was not done because the resource was locked or busy and its flags do not let it wait.",
     "The resource is as it was, Online; Win32 code 5960, and a status flag says why.",
     "Unlock or resume what holds it, or ask with QUEUE_ENABLED."},
    {kResource, "Online", 2, "It runs.", "", ""},
    {kResource, "Offline", 3, "It does not run, and is not meant to.", "", ""},
    {kResource, "Failed", 4, "It does not run though it should, or its state is not known.", "",
     "`brokerctl resources get NAME` shows the operation that failed."},
    {kResource, "OnlinePending", 129, "It is on its way online.", "", ""},
    {kResource, "OfflinePending", 130, "It is on its way offline.", "", ""},
    {kModule, "STOPPED", 1, "Installed; started when first needed.", "", ""},
    {kModule, "STARTING", 2, "Its process has been started and has not answered yet.", "",
     "At most timeouts.moduleHandshakeMs."},
    {kModule, "READY", 3, "It serves.", "", ""},
    {kModule, "STOPPING", 4, "It finishes what it has, and ends.", "", ""},
    {kModule, "BACKING_OFF", 5, "It failed and is started again after a while.",
     "timeouts.moduleRestartBackoffMs, doubled each time.", "`brokerctl modules logs NAME`."},
    {kModule, "BROKEN", 6, "It failed too often and stays down for a while.",
     "After limits.maxModuleFailures in a row; what it serves fails meanwhile.",
     "Look into `brokerctl modules logs NAME`; activating a version (again) starts it at once."},
    {kExit, "done", 0, "brokerctl did what was asked.", "", ""},
    {kExit, "failed", 1, "A broker said no, or something here went wrong.", "",
     "The message on standard error says what."},
    {kExit, "usage", 2, "The command line, or a file it names, is wrong.", "", ""},
    {kExit, "no broker", 3, "No broker answers there.", "Of `brokerctl cluster`: no cluster service does.", ""},
    {kExit, "not found", 4, "There is no such operation, resource, module or version.", "", ""},
    {kExit, "some nodes failed", 5, "It was done on some nodes and failed on others.", "",
     "Standard error names the nodes; the command can be given again for them with --node."},
    {kExit, "not allowed", 6, "The broker does not let you do it.", "",
     "The message names the role that is missing, or what is wrong with the certificate."},
};

}  // namespace

absl::Span<const Explanation> StateExplanations() { return kStates; }

}  // namespace resource_broker::names
