// Points 6 to 8: OpenV2 and Close.
#include <chrono>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/names/names.h"
#include "clients/rhs_host/checks/footprint.h"
#include "clients/rhs_host/checks/subject.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

// A leak of this much in each cycle is seen in any number of cycles.
constexpr int64_t kLeakPerCycle = 2048;
// What one process may take more for reasons of its own, whatever the number of cycles.
constexpr int64_t kSlackMemory = 1 << 20;
constexpr int64_t kSlackCount = 8;

Finding Open(Subject& subject) {
  subject.GiveHandlesOfTheSystem();
  std::set<resapi::RESID> resids;
  std::vector<Instance*> instances;
  for (uint32_t flags : {0u, 1u, 2u, 3u, 0x40000080u}) {
    uint32_t error = 0;
    const std::string name = absl::StrCat("open-", instances.size());
    Instance* instance = subject.TryOpen(name, std::u16string(name.begin(), name.end()), flags, &error);
    if (instance == nullptr) {
      return Fail(
          absl::StrFormat("OpenV2 with flags 0x%x returned NULL, last error %s", flags, names::FormatWin32(error)));
    }
    if (!resids.insert(instance->resid()).second) return Fail("two open resources have the same RESID");
    instances.push_back(instance);
  }
  // A name that is no valid UTF-16 may be refused.
  uint32_t error = 0;
  Instance* odd = subject.TryOpen("odd", std::u16string(u"\xD800odd"), 0, &error);
  if (odd == nullptr && error == 0) return Fail("OpenV2 returned NULL without SetLastError");
  if (odd != nullptr) instances.push_back(odd);
  for (Instance* instance : instances) instance->Close();
  if (subject.stolen_keys() > 0) return Fail("the DLL closed ResourceKey, which is RHS's");
  if (subject.stolen_handles() > 0) return Fail("the DLL closed ResourceHandle, which is RHS's");
  if (subject.leaked_keys() > 0) {
    return Fail(absl::StrFormat("%d key(s) below ResourceKey were still open after Close", subject.leaked_keys()));
  }
  return Pass(absl::StrFormat("%d resources, flags 0 to 3 and unknown bits; key and handle are still RHS's%s",
                              instances.size(),
                              odd == nullptr ? "; a name that is no UTF-16 is refused with a code" : ""));
}

Finding Cycles(Subject& subject) {
  // Close in every state.
  subject.Open().Close();
  subject.OpenOnline().Close();
  Instance& pending = subject.Open();
  pending.StartOnline();
  pending.Close();
  const int warm_up = subject.options().cycles / 10 + 5;
  Footprint before;
  int cycles = 0;
  for (int i = 0; i < warm_up + subject.options().cycles && (cycles < 20 || subject.HasTime()); ++i) {
    if (i == warm_up) before = MeasureFootprint();
    uint32_t error = 0;
    Instance* instance = subject.TryOpen("cycle", u"cycle", 0, &error);
    if (instance == nullptr) return Fail(absl::StrCat("OpenV2 returned NULL, ", names::FormatWin32(error)));
    instance->Close();
    subject.Forget(instance);
    if (i >= warm_up) ++cycles;
  }
  const Footprint after = MeasureFootprint();
  const std::string growth = absl::StrFormat("%d times opened and closed: %s", cycles, FormatGrowth(before, after));
  const int64_t allowed_count = kSlackCount + cycles / 20;
  if (after.handles - before.handles > allowed_count || after.threads - before.threads > allowed_count ||
      after.memory - before.memory > kSlackMemory + cycles * kLeakPerCycle) {
    return Fail(growth);
  }
  return Pass(growth);
}

Finding NothingAfterClose(Subject& subject) {
  constexpr int kRounds = 10;
  const auto round = [&subject] {
    Instance& instance = subject.Open();
    instance.StartOnline();
    instance.TerminateAndClose();
    return &instance;
  };
  round();
  const Footprint before = MeasureFootprint();
  std::vector<Instance*> closed;
  for (int i = 0; i < kRounds; ++i) closed.push_back(round());
  // Threads that belong to no resource come and go; those of each resource would add up.
  Footprint after = MeasureFootprint();
  const absl::Duration end = subject.Elapsed() + absl::Seconds(2);
  while (after.threads >= before.threads + kRounds && subject.Elapsed() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    after = MeasureFootprint();
  }
  if (after.threads >= before.threads + kRounds) {
    return Fail(absl::StrFormat("%d resources were closed while pending, and %d threads more are there 2 s later",
                                kRounds, after.threads - before.threads));
  }
  // A callback that comes late enough is not seen; most that come at all do at once.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  for (const Instance* instance : closed) {
    for (const std::string& callback : instance->late_callbacks()) {
      if (callback == "LogEvent") return Warning("LogEvent was called with the handle of a closed resource");
      return Fail(absl::StrCat(callback, " was called with the handle of a closed resource"));
    }
  }
  return Pass(absl::StrFormat("%d resources closed while pending: no thread and no callback is left", kRounds));
}

}  // namespace

std::vector<Check> OpenChecks() {
  return {
      {6, "open",
       "OpenV2 takes every flag, gives a RESID of its own or NULL and a code; ResourceKey and ResourceHandle stay open",
       "documented: nc-resapi-popen_routine, resource-identifiers; sample: ResourceKey", &Open},
      {7, "open-close-cycles", "Close works in every state, and resources opened and closed leave nothing behind",
       "documented: implementing-close, nc-resapi-pclose_routine", &Cycles},
      {8, "nothing-after-close", "After Close no worker of the resource is left, and none calls back",
       "inferred from implementing-close: what Close frees is in use no more", &NothingAfterClose},
  };
}

}  // namespace resource_broker::rhs_host
