// Points 23 to 25: Terminate and Cancel.
#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/names/names.h"
#include "clients/rhs_host/checks/subject.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

constexpr int kRacesPerEntryPoint = 15;
constexpr int kMaxDelayUs = 3000;

struct Race {
  const char* entry_point;
  std::function<void(Instance&)> call;
};

std::vector<Race> Races() {
  ControlArguments control;
  control.code = resapi::CLUSCTL_RESOURCE_GET_CHARACTERISTICS;
  control.out_size = 4;
  return {{"OnlineV2", [](Instance& instance) { instance.Online(); }},
          {"OfflineV2", [](Instance& instance) { instance.OfflineAsRhs(); }},
          {"LooksAlive", [](Instance& instance) { instance.LooksAlive(); }},
          {"IsAlive", [](Instance& instance) { instance.IsAlive(); }},
          {"ResourceControl", [control](Instance& instance) { instance.Control(control); }}};
}

Finding TerminateAnywhere(Subject& subject) {
  absl::Duration longest;
  const auto terminate = [&longest](Instance& instance) { longest = std::max(longest, instance.Terminate().duration); };
  Instance& instance = subject.Open();
  terminate(instance);
  terminate(instance);
  instance.Online();
  terminate(instance);
  terminate(instance);
  std::mt19937 random(subject.options().seed);
  int races = 0;
  for (const Race& race : Races()) {
    for (int i = 0; i < kRacesPerEntryPoint && subject.HasTime(); ++i, ++races) {
      if (std::string(race.entry_point) != "OnlineV2") instance.Online();
      const auto delay = std::chrono::microseconds(random() % kMaxDelayUs);
      const bool terminate_waits = random() % 2 == 0;
      std::thread other([&] {
        if (!terminate_waits) std::this_thread::sleep_for(delay);
        race.call(instance);
      });
      if (terminate_waits) std::this_thread::sleep_for(delay);
      terminate(instance);
      other.join();
      terminate(instance);
    }
  }
  instance.Close();
  const std::string seen =
      absl::StrFormat("in every state, twice, and in %d races (seed %d); the longest call took %.1f ms", races,
                      subject.options().seed, absl::ToDoubleMilliseconds(longest));
  return longest > kPromptly ? Warning(seen) : Pass(seen);
}

Finding TerminateWhenStuck(Subject& subject) {
  Instance& instance = subject.Open();
  instance.HoldReport();
  std::thread online([&instance] { instance.StartOnline(); });
  if (!instance.AwaitHeld()) {
    instance.ReleaseReport();
    online.join();
    return NotJudged("no report came that could be held up");
  }
  const CallResult terminated = instance.Terminate();
  instance.ReleaseReport();
  online.join();
  instance.Close();
  const std::string seen = absl::StrFormat("with a worker held up in a report Terminate took %.1f ms",
                                           absl::ToDoubleMilliseconds(terminated.duration));
  return terminated.duration > kPromptly ? Warning(seen) : Pass(seen);
}

Finding CancelAnywhere(Subject& subject) {
  Instance& instance = subject.Open();
  const auto problem = [](const char* when, const CallResult& cancel, bool pending) -> std::string {
    const bool right = cancel.code == win32::kSuccess || (pending && cancel.code == win32::kIoPending);
    if (!right) return absl::StrCat("Cancel ", when, " returned ", names::FormatWin32(cancel.code));
    if (cancel.duration <= kPromptly) return "";
    return absl::StrFormat("Cancel %s took %d ms", when, absl::ToInt64Milliseconds(cancel.duration));
  };
  std::string wrong = problem("without an operation", instance.Cancel(), false);
  if (!wrong.empty()) return Fail(wrong);
  int pended = 0;
  for (uint32_t flags : {0u, 0x80000001u}) {
    const CallResult online = instance.StartOnline();
    const bool pending = online.code == win32::kIoPending;
    pended += pending ? 1 : 0;
    wrong = problem("of Online", instance.Cancel(flags), pending);
    if (!wrong.empty()) return Fail(wrong);
    const Ended ended = instance.Settle(online);
    if (!ended.state) {
      return Fail(absl::StrFormat("after Cancel no final report came within %d ms",
                                  absl::ToInt64Milliseconds(subject.options().pending_timeout)));
    }
    wrong = problem("after the end", instance.Cancel(), false);
    if (!wrong.empty()) return Fail(wrong);
    instance.Terminate();
  }
  // Cancel over Terminate.
  for (int i = 0; i < kRacesPerEntryPoint; ++i) {
    instance.StartOnline();
    std::thread other([&instance] { instance.Cancel(); });
    instance.Terminate();
    other.join();
  }
  instance.Close();
  return Pass(pended == 0 ? "nothing to cancel: operations end at once"
                          : "without, during and after an operation, with flags, and against Terminate");
}

}  // namespace

std::vector<Check> TerminateChecks() {
  return {
      OwnsHangs({23, "terminate",
                 "Terminate may be called in every state, twice, and over any entry point but Open and Close",
                 "documented: implementing-terminate, recommended-practices-for-resource-dlls", &TerminateAnywhere}),
      OwnsHangs({24, "terminate-stuck-worker", "Terminate does not wait for a worker that is stuck",
                 "documented: nc-resapi-pterminate_routine (\"without waiting\")", &TerminateWhenStuck}),
      {25, "cancel", "Cancel returns 0, or 997 while an operation is pending, which still has its final report",
       "inferred from CancelClusterGroupOperation; documented: nc-resapi-pcancel_routine", &CancelAnywhere, true},
  };
}

}  // namespace resource_broker::rhs_host
