// Points 39 and 40: many resources in one process, and one resource over two.
#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/names/names.h"
#include "clients/rhs_host/checks/subject.h"
#include "ipc/utf16.h"

namespace resource_broker::rhs_host {
namespace {

constexpr int kInstances = 24;
const char kLeft[] = "left-behind";

// Runs `call` of each on a thread of its own.
template <typename Call>
void AtOnce(const std::vector<Instance*>& instances, Call call) {
  std::vector<std::thread> threads;
  threads.reserve(instances.size());
  for (Instance* instance : instances) threads.emplace_back([instance, &call] { call(instance); });
  for (std::thread& thread : threads) thread.join();
}

Finding ManyAtOnce(Subject& subject) {
  std::vector<Instance*> instances;
  for (int i = 0; i < kInstances; ++i) instances.push_back(&subject.Open());
  // Before it, that all can come online at all; one alone shows that.
  if (!instances.front()->Online().Is(resapi::ClusterResourceOnline)) return NotJudged("one alone did not come online");
  instances.front()->OfflineAsRhs();
  const absl::Duration begin = subject.Elapsed();
  for (const bool online : {true, false}) {
    const resapi::CLUSTER_RESOURCE_STATE wanted =
        online ? resapi::ClusterResourceOnline : resapi::ClusterResourceOffline;
    std::vector<Ended> ended(instances.size());
    AtOnce(instances, [&](Instance* instance) {
      const size_t number = std::find(instances.begin(), instances.end(), instance) - instances.begin();
      ended[number] = online ? instance->Online() : instance->OfflineAsRhs();
    });
    for (const Ended& one : ended) {
      if (one.Is(wanted)) continue;
      return Fail(absl::StrFormat("of %d resources at once one returned %s from %s and came to %s", kInstances,
                                  names::FormatWin32(one.call.code), one.call.entry_point,
                                  one.state ? names::StateName(*one.state) : "no end"));
    }
  }
  AtOnce(instances, [](Instance* instance) { instance->Close(); });
  return Pass(absl::StrFormat("%d resources online and offline at once, in %d ms", kInstances,
                              absl::ToInt64Milliseconds(subject.Elapsed() - begin)));
}

void LeaveOnline(Subject& subject) {
  uint32_t error = 0;
  Instance* instance = subject.TryOpen(kLeft, *ipc::Utf16FromUtf8(kLeft), 0, &error);
  if (instance != nullptr) instance->Online();
}

Finding Recovered(Subject& subject) {
  uint32_t error = 0;
  Instance* instance =
      subject.TryOpen(kLeft, *ipc::Utf16FromUtf8(kLeft), resapi::CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE, &error);
  if (instance == nullptr) return Fail(absl::StrCat("OpenV2 returned NULL, ", names::FormatWin32(error)));
  OnlineArguments arguments;
  arguments.flags = resapi::CLUS_RESDLL_ONLINE_RECOVER_MONITOR_STATE;
  const Ended ended = instance->Online(arguments);
  if (!ended.Is(resapi::ClusterResourceOnline)) {
    return Fail(absl::StrCat("OnlineV2 with RECOVER_MONITOR_STATE returned ", names::FormatWin32(ended.call.code),
                             " and came to ", ended.state ? names::StateName(*ended.state) : "no end"));
  }
  if (!instance->IsAlive()) return Fail("it came online, and IsAlive says FALSE");
  if (!instance->OfflineAsRhs().state) return Fail("it came online, and Offline came to no end");
  return Pass("a resource that was online when its process ended is online and offline again");
}

}  // namespace

std::vector<Check> ProcessChecks() {
  return {
      {39, "many-resources", "Resources are serialised each for itself, and come online and offline at once",
       "documented: recommended-practices-for-resource-dlls; inferred: per resource", &ManyAtOnce},
      {40, "recovery", "When RHS ends without Close, a new one takes the resource up with RECOVER_MONITOR_STATE",
       "header: CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE; inferred: what it asks for", &Recovered, true, false, false,
       &LeaveOnline},
  };
}

}  // namespace resource_broker::rhs_host
