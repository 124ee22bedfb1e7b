#include "clients/rhs_host/assumptions.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace resource_broker::rhs_host {
namespace {

struct Switch {
  Question question;
  // Takes the place of a choice in the list.
  void (*set)(Assumptions*, size_t choice);
};

const std::vector<Switch>& Switches() {
  static const auto* const switches = new std::vector<Switch>{
      {{"synchronous-refusal",
        1,
        {"terminate", "veto"},
        "OfflineV2 returns 5960 or 5955 at once: a failure, which Terminate follows, or a veto that leaves the "
        "resource "
        "online"},
       [](Assumptions* a, size_t choice) { a->refusal_is_veto = choice == 1; }},
      {{"busy-report",
        1,
        {"pending", "ends"},
        "A report OfflinePending with OFFLINE_BUSY, THROTTLED or REJECTED: a checkpoint like others, or the end of the "
        "operation, with the resource online"},
       [](Assumptions* a, size_t choice) { a->busy_report_ends = choice == 1; }},
      {{"locked-mode-ex",
        2,
        {"absent", "present"},
        "SetResourceLockedModeEx, member 13 of the callback table: answered ERROR_CALL_NOT_IMPLEMENTED, or served"},
       [](Assumptions* a, size_t choice) { a->has_locked_mode_ex = choice == 1; }},
      {{"cancel-thread",
        3,
        {"own", "resource"},
        "Cancel: on a thread of its own, over whatever runs, or after the resource's other calls"},
       [](Assumptions* a, size_t choice) { a->cancel_waits = choice == 1; }},
      {{"offline-reason",
        4,
        {"none", "reserved"},
        "An offline without reserved= passes 0, or 4 (CLUSAPI_RESOURCE_OFFLINE_REASON_USER_REQUESTED)"},
       [](Assumptions* a, size_t choice) { a->reason_in_reserved = choice == 1; }},
      {{"serialise",
        5,
        {"resource", "type", "dll"},
        "Entry points but Terminate and Cancel run one at a time of a resource, of a resource type, or of the DLL"},
       [](Assumptions* a, size_t choice) { a->serialised = static_cast<Assumptions::Scope>(choice); }},
      {{"upgrade-dll",
        6,
        {"pass", "refuse"},
        "CLUSCTL_RESOURCE_UPGRADE_DLL is passed to the DLL, or refused by the host with ERROR_NOT_SUPPORTED"},
       [](Assumptions* a, size_t choice) { a->refuses_upgrade_dll = choice == 1; }},
      {{"reattach",
        7,
        {"pass", "strip"},
        "RECOVER_MONITOR_STATE of OpenV2 and OnlineV2 reaches the DLL, or is kept from it"},
       [](Assumptions* a, size_t choice) { a->strips_reattach = choice == 1; }},
      {{"separate-monitor",
        8,
        {"never", "after-crash"},
        "Where RHS would have ended: its resources start again together, or the one at fault in an RHS of its own"},
       [](Assumptions* a, size_t choice) { a->separates_after_crash = choice == 1; }},
  };
  return *switches;
}

}  // namespace

const std::vector<Question>& Questions() {
  static const auto* const questions = [] {
    auto* list = new std::vector<Question>;
    for (const Switch& known : Switches()) list->push_back(known.question);
    return list;
  }();
  return *questions;
}

absl::Status Assume(absl::string_view text, Assumptions* assumptions) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
  for (const Switch& known : Switches()) {
    const std::vector<std::string>& choices = known.question.choices;
    if (known.question.name != parts.first) continue;
    const auto choice = std::find(choices.begin(), choices.end(), parts.second);
    if (choice == choices.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(parts.first, " is ", absl::StrJoin(choices, " or "), ", not \"", parts.second, "\""));
    }
    known.set(assumptions, static_cast<size_t>(choice - choices.begin()));
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", parts.first, "\" is no question; known are ",
                   absl::StrJoin(Questions(), ", ", [](std::string* out, const Question& q) { *out += q.name; })));
}

}  // namespace resource_broker::rhs_host
