// Points 34 to 38: what leaves the DLL.
#include <set>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/rhs_host/checks/property_list.h"
#include "clients/rhs_host/checks/subject.h"

namespace resource_broker::rhs_host {
namespace {

constexpr size_t kMaxLogEntry = 500;

// What may block for the resource's own sake: "do not use" and "worker thread only" (function-calls-to-avoid-in-
// resource-dlls).
const std::set<std::string>& ForbiddenInEntryPoints() {
  static const auto* const names = new std::set<std::string>{"AddClusterResourceDependency",
                                                             "AddClusterResourceNode",
                                                             "CanResourceBeDependent",
                                                             "ChangeClusterResourceGroup",
                                                             "ClusterGroupControl",
                                                             "ClusterResourceControl",
                                                             "CreateClusterResource",
                                                             "DeleteClusterResource",
                                                             "FailClusterResource",
                                                             "MoveClusterGroup",
                                                             "OfflineClusterGroup",
                                                             "OfflineClusterResource",
                                                             "OnlineClusterGroup",
                                                             "OnlineClusterResource",
                                                             "RemoveClusterResourceDependency",
                                                             "RemoveClusterResourceNode"};
  return *names;
}

Finding NothingThrown(Subject& subject) {
  subject.Exercise("exceptions");
  Instance& instance = subject.Open();
  for (const std::vector<uint8_t>& list : MalformedPropertyLists()) {
    for (uint32_t code :
         {resapi::CLUSCTL_RESOURCE_VALIDATE_PRIVATE_PROPERTIES, resapi::CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES}) {
      ControlArguments arguments;
      arguments.code = code;
      arguments.in.bytes = list;
      instance.Control(arguments);
    }
    OnlineArguments online;
    online.in.bytes = list;
    instance.Online(online);
    instance.Terminate();
  }
  instance.Close();
  return Pass("no exception came out of any entry point, and the process lives");
}

Finding ForbiddenCalls(Subject& subject) {
  subject.Exercise("calls");
  std::set<std::string> seen;
  for (const ClusterCallSeen& call : subject.cluster_calls()) {
    if (call.in_entry_point && ForbiddenInEntryPoints().count(call.function) != 0) {
      return Fail(absl::StrCat(call.function, " was called inside an entry point"));
    }
    seen.insert(call.function);
  }
  return Pass(seen.empty() ? "no function of clusapi.dll but those of the registry"
                           : absl::StrCat("called: ", absl::StrJoin(seen, ", ")));
}

// "%s" and "%08x", which FormatMessage takes for the letter itself.
bool LooksLikePrintf(absl::string_view format) {
  for (size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] != '%') continue;
    size_t end = i + 1;
    if (absl::ascii_isdigit(static_cast<unsigned char>(format[end])) && format[end] != '0') continue;
    while (end < format.size() && (absl::ascii_isdigit(static_cast<unsigned char>(format[end])) ||
                                   absl::StrContains("lhzI-+#.", format[end]))) {
      ++end;
    }
    if (end < format.size() && absl::StrContains("diuxXscpf", format[end])) return true;
    ++i;
  }
  return false;
}

Finding LogFormats(Subject& subject) {
  // Where it is used as a format, it is found in one; nothing reads what its inserts would need.
  const std::string name = "100%% logged";
  subject.Exercise(name);
  const std::vector<LogSeen> logs = subject.logs();
  for (const LogSeen& log : logs) {
    if (absl::StrContains(log.format, name)) return Fail(absl::StrCat("a name is part of a format: ", log.format));
    if (LooksLikePrintf(log.format)) return Fail(absl::StrCat("a format of printf: ", log.format));
  }
  for (const LogSeen& log : logs) {
    if (log.text.size() > kMaxLogEntry) {
      return Warning(absl::StrFormat("an entry of %d characters is cut off at %d", log.text.size(), kMaxLogEntry));
    }
  }
  return logs.empty() ? NotJudged("LogEvent was not called")
                      : Pass(absl::StrFormat("%d entries of the log", logs.size()));
}

Finding Handles(Subject& subject) {
  subject.Exercise("handles");
  const std::vector<std::string> foreign = subject.foreign_callbacks();
  return foreign.empty() ? Pass("every callback had the handle that OpenV2 got")
                         : Fail(absl::StrCat(foreign.front(), ", which no OpenV2 got"));
}

Finding NoLockInCallbacks(Subject& subject) {
  Instance& held = subject.Open();
  Instance& other = subject.Open();
  held.HoldReport();
  std::thread online([&held] { held.StartOnline(); });
  const bool inside = held.AwaitHeld();
  if (inside) {
    // While OnlineV2 itself is inside, RHS calls no other entry point of that resource but Terminate.
    if (held.phase() == Phase::kPending) {
      held.LooksAlive();
      held.IsAlive();
      subject.Characteristics(held);
    }
    held.Cancel();
    other.StartOnline();
    other.LooksAlive();
    other.Terminate();
  }
  held.ReleaseReport();
  online.join();
  return inside ? Pass("while a report was held up, its resource and another one answered")
                : NotJudged("no report came that could be held up");
}

}  // namespace

std::vector<Check> BoundaryChecks() {
  return {
      OwnsExceptions({34, "exceptions", "No exception leaves an entry point, and nothing ends the process",
                      "documented: bug-check-0x9e, source 3", &NothingThrown}),
      {35, "forbidden-calls", "No entry point calls a function of clusapi.dll that may block on the resource itself",
       "documented: function-calls-to-avoid-in-resource-dlls", &ForbiddenCalls},
      {36, "log-formats",
       "LogEvent gets formats of FormatMessage, 500 characters at most, and no text of others in them",
       "documented: nc-resapi-plog_event_routine", &LogFormats},
      {37, "callback-handles", "Callbacks, from whatever thread, get the RESOURCE_HANDLE that OpenV2 got",
       "documented: nc-resapi-popen_routine", &Handles},
      OwnsHangs({38, "callback-locks",
                 "No lock is held while a callback runs: other entry points and other resources go on",
                 "inferred: Terminate may run while a callback does", &NoLockInCallbacks}),
  };
}

}  // namespace resource_broker::rhs_host
