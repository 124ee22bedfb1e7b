// Points 9 to 14: OnlineV2 and OfflineV2, and the reports that follow.
#include <algorithm>
#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/names/names.h"
#include "clients/rhs_host/checks/subject.h"
#include "clients/rhs_host/checks/waitable.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

// Above it there is no Win32 code; HRESULTs and NTSTATUS are far above.
constexpr uint32_t kMaxWin32Code = 0xFFFF;
// CLUSRESDLL_STATUS_*: 0x1 to 0x100, DO_NOT_COLLECT_WER_REPORT and DUMP_NOW.
constexpr uint32_t kKnownStatusFlags = 0xC00001FF;

bool IsPending(const ReportSeen& report) {
  return report.status.ResourceState == resapi::ClusterResourceOnlinePending ||
         report.status.ResourceState == resapi::ClusterResourceOfflinePending;
}

// One operation after the other, with what they led to.
std::vector<Ended> OnlineAndOffline(Instance& instance) {
  std::vector<Ended> operations = {instance.Online()};
  if (operations.front().Is(resapi::ClusterResourceOnline)) operations.push_back(instance.OfflineAsRhs());
  return operations;
}

const char* NameOf(size_t operation) { return operation == 0 ? "OnlineV2" : "OfflineV2"; }

Finding Returns(Subject& subject) {
  std::vector<std::string> slow;
  std::vector<std::string> odd;
  absl::Duration longest;
  const auto judge = [&](const CallResult& result) {
    longest = std::max(longest, result.duration);
    if (result.duration > kPromptly) {
      slow.push_back(absl::StrFormat("%s took %d ms", result.entry_point, absl::ToInt64Milliseconds(result.duration)));
    }
    if (result.code > kMaxWin32Code) {
      odd.push_back(absl::StrFormat("%s returned 0x%08x, which is no Win32 code", result.entry_point, result.code));
    }
  };
  Instance& instance = subject.Open();
  ControlArguments unknown;
  unknown.code = resapi::CLUSCTL_RESOURCE_UNKNOWN;
  judge(instance.Control(unknown));
  for (const Ended& ended : OnlineAndOffline(instance)) judge(ended.call);
  judge(instance.Cancel());
  judge(instance.StartOnline());
  judge(instance.Terminate());
  judge(instance.Close());
  if (!odd.empty()) return Fail(absl::StrJoin(odd, "; "));
  if (!slow.empty()) return Warning(absl::StrJoin(slow, "; "));
  return Pass(absl::StrFormat("the longest call took %.1f ms", absl::ToDoubleMilliseconds(longest)));
}

Finding OneFinalReport(Subject& subject) {
  Instance& instance = subject.Open();
  instance.Online();
  std::vector<std::string> seen;
  // Twice of each, and time for reports too many.
  for (int round = 0; round < 2; ++round) {
    for (bool online : {false, true}) {
      const Ended ended = online ? instance.Online() : instance.OfflineAsRhs();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      const std::vector<ReportSeen> reports = instance.reports();
      const std::string name = NameOf(online ? 0 : 1);
      if (ended.call.code != win32::kIoPending) {
        if (!reports.empty()) {
          return Fail(absl::StrFormat("%s returned %s, and %d report(s) came", name,
                                      names::FormatWin32(ended.call.code), reports.size()));
        }
        continue;
      }
      if (!ended.state) {
        return Fail(absl::StrFormat("%s returned 997, and after %d report(s) no final one came within %d ms", name,
                                    reports.size(), absl::ToInt64Milliseconds(subject.options().pending_timeout)));
      }
      if (std::any_of(reports.begin(), reports.end(), [](const ReportSeen& r) { return r.extra_final; })) {
        return Fail(absl::StrCat(name, " had a second final report"));
      }
      if (online && ended.Is(resapi::ClusterResourceOffline)) return Fail("OnlineV2 ended with the report Offline");
      seen.push_back(absl::StrFormat("%s %d", name, reports.size()));
    }
  }
  return Pass(seen.empty()
                  ? "every operation ended at once, without a report"
                  : absl::StrCat("reports of each operation, the last one final: ", absl::StrJoin(seen, ", ")));
}

Finding Reports(Subject& subject) {
  Instance& instance = subject.Open();
  int count = 0;
  size_t number = 0;
  for (const Ended& ended : OnlineAndOffline(instance)) {
    const std::string name = NameOf(number++);
    const ReportSeen* before = nullptr;
    for (const ReportSeen& report : ended.reports) {
      ++count;
      const resapi::RESOURCE_STATUS_EX& status = report.status;
      if ((status.Flags & ~kKnownStatusFlags) != 0 || status.WaitHint != 0) {
        return Fail(
            absl::StrFormat("%s: a report has Flags 0x%x and WaitHint 0x%x: not zeroed, too short, or laid out "
                            "as version 1's",
                            name, status.Flags, status.WaitHint));
      }
      if (status.EventHandle != nullptr && StateOf(status.EventHandle) == WaitableState::kInvalid) {
        return Fail(absl::StrFormat("%s: a report's EventHandle 0x%x is none", name,
                                    reinterpret_cast<uintptr_t>(status.EventHandle)));
      }
      if (before != nullptr && IsPending(report) && IsPending(*before)) {
        if (status.CheckPoint <= before->status.CheckPoint) {
          return Fail(
              absl::StrFormat("%s: CheckPoint went from %u to %u", name, before->status.CheckPoint, status.CheckPoint));
        }
      }
      before = &report;
    }
    if (!ended.state) return NotJudged(absl::StrCat(name, " did not end"));
  }
  return count == 0 ? NotJudged("the DLL makes no reports, since its operations end at once")
                    : Pass(absl::StrFormat("%d reports", count));
}

Finding StopsWhenTold(Subject& subject) {
  Instance& instance = subject.Open();
  instance.AnswerTerminate();
  const CallResult call = instance.StartOnline();
  if (call.code != win32::kIoPending) return NotJudged("OnlineV2 ends at once and reports nothing");
  if (!instance.AwaitReports(1)) return NotJudged("no report came that could be answered");
  // As long as its own reports were apart would be too long for some, and this too short for others.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  instance.Terminate();
  const size_t reports = instance.reports().size();
  instance.Close();
  return reports == 1 ? Pass("the report that was answered ResourceExitStateTerminate was the last")
                      : Fail(absl::StrFormat("%d more report(s) came after one was answered ResourceExitStateTerminate",
                                             reports - 1));
}

Finding OnlyWhilePending(Subject& subject) {
  Instance& instance = subject.Open();
  instance.LooksAlive();
  instance.IsAlive();
  std::string early;
  for (bool online : {true, false}) {
    const Ended ended = online ? instance.Online() : instance.OfflineAsRhs();
    if (!ended.state) break;
    instance.LooksAlive();
    instance.IsAlive();
    for (const ReportSeen& report : instance.reports()) {
      if (report.phase == Phase::kEnded && !report.extra_final) {
        return Fail(absl::StrCat("a report ", names::StateName(report.status.ResourceState),
                                 " came while no operation was pending"));
      }
      if (report.phase == Phase::kCalled && !report.extra_final) early = online ? "OnlineV2" : "OfflineV2";
    }
  }
  if (!instance.idle_reports().empty()) return Fail("a report came before the first operation");
  if (!early.empty()) return Warning(absl::StrCat("a report came before ", early, " had returned 997"));
  return Pass("every report came after 997 and before the end");
}

Finding EventHandle(Subject& subject) {
  Instance& instance = subject.Open();
  const Ended ended = instance.Online();
  const resapi::HANDLE event = ended.call.event_handle;
  if (event == nullptr) return Pass("OnlineV2 gives no event handle");
  switch (StateOf(event)) {
    case WaitableState::kInvalid:
      return Fail(absl::StrFormat("EventHandle 0x%x is no handle", reinterpret_cast<uintptr_t>(event)));
    case WaitableState::kSignalled:
      return Fail("EventHandle is signalled, though nothing failed");
    case WaitableState::kNotSignalled:
      break;
  }
  instance.IsAlive();
  return StateOf(event) == WaitableState::kNotSignalled ? Pass("EventHandle is valid and not signalled")
                                                        : Fail("EventHandle did not stay valid and not signalled");
}

}  // namespace

std::vector<Check> OperationChecks() {
  return {
      OwnsHangs({9, "returns",
                 "Entry points return 0, 997 or a Win32 code, within 300 ms, and always before DeadlockTimeout",
                 "documented: recommended-practices-for-resource-dlls, deadlocktimeout", &Returns}),
      {10, "one-final-report", "997 is followed by exactly one final report, which fits the operation; 0 by none",
       "documented: nc-resapi-pset_resource_status_routine; inferred: exactly one", &OneFinalReport},
      {11, "report-contents", "A report is 32 zeroed bytes in version 2's layout, and its CheckPoint grows",
       "header: RESOURCE_STATUS_EX; documented: ns-resapi-resource_status", &Reports},
      {12, "stops-when-told", "A report answered with ResourceExitStateTerminate is the operation's last",
       "documented: ne-resapi-resource_exit_state", &StopsWhenTold},
      {13, "reports-only-while-pending", "Reports come after 997 was returned and before the final one, never else",
       "documented: nc-resapi-pset_resource_status_routine (\"not at any other time\")", &OnlyWhilePending},
      {14, "event-handle", "EventHandle is NULL, or a handle that can be waited for and is signalled on failure only",
       "documented: nc-resapi-ponline_routine, implementing-asynchronous-failure-detection", &EventHandle},
  };
}

}  // namespace resource_broker::rhs_host
