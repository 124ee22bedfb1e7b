// Points 26 and 27: LooksAlive and IsAlive.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/rhs_host/checks/subject.h"

namespace resource_broker::rhs_host {
namespace {

Finding Health(Subject& subject) {
  std::string wrong;
  absl::Duration longest;
  bool alive_offline = false;
  // Both calls; what IsAlive said.
  const auto ask = [&](Instance& instance, const char* when) {
    bool alive = false;
    for (bool looks : {true, false}) {
      const CallResult result = subject.Bounded(looks ? "LooksAlive" : "IsAlive", [&subject, &instance, looks] {
        return looks ? subject.calls()->LooksAlive(instance.name(), instance.resid())
                     : subject.calls()->IsAlive(instance.name(), instance.resid());
      });
      longest = std::max(longest, result.duration);
      if (result.code > 1) {
        wrong = absl::StrFormat("%s %s returned %d, which is neither TRUE nor FALSE", result.entry_point, when,
                                result.code);
      }
      alive = result.code != 0;
    }
    return alive;
  };
  Instance& instance = subject.Open();
  alive_offline |= ask(instance, "before the first Online");
  const CallResult online = instance.StartOnline();
  ask(instance, "while Online is pending");
  const Ended ended = instance.Settle(online);
  if (!ended.Is(resapi::ClusterResourceOnline)) return NotJudged("it did not come online");
  if (!ask(instance, "while online")) return NotJudged("it came online, and IsAlive says FALSE");
  const size_t reports = instance.reports().size();
  instance.LooksAlive();
  instance.IsAlive();
  if (instance.phase() != Phase::kEnded || instance.reports().size() != reports) {
    return NotJudged("reports came while it was asked, which is another check's");
  }
  instance.OfflineAsRhs();
  alive_offline |= ask(instance, "after Offline");
  if (!wrong.empty()) return Fail(wrong);
  if (longest > kPromptly) {
    return Warning(absl::StrFormat("the longest call took %d ms", absl::ToInt64Milliseconds(longest)));
  }
  if (alive_offline) return Warning("TRUE of a resource that is offline");
  return Pass(absl::StrFormat("before, during and after Online; the longest call took %.1f ms",
                              absl::ToDoubleMilliseconds(longest)));
}

Finding DeathIsFollowed(Subject& subject) {
  Instance& instance = subject.OpenOnline();
  for (int round = 0; round < 2; ++round) {
    // Whatever it says, RHS takes it for dead.
    instance.IsAlive();
    instance.Terminate();
    const Ended again = instance.Online();
    if (!again.Is(resapi::ClusterResourceOnline)) {
      return Fail(absl::StrCat("after IsAlive and Terminate OnlineV2 ", again.state ? "did not lead" : "came to no end",
                               again.state ? " to Online" : ""));
    }
    if (!instance.IsAlive()) return Fail("after IsAlive, Terminate and Online IsAlive says FALSE");
  }
  return Pass("IsAlive, Terminate, and online again");
}

}  // namespace

std::vector<Check> HealthChecks() {
  return {
      {26, "health", "LooksAlive and IsAlive return TRUE or FALSE, at once, in every state, and change nothing",
       "documented: implementing-looksalive, implementing-isalive; sample: 300 ms", &Health},
      {27, "terminate-after-health", "A resource that was found dead is terminated, and can be brought online again",
       "documented: implementing-isalive", &DeathIsFollowed},
  };
}

}  // namespace resource_broker::rhs_host
